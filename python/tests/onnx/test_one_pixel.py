"""An image of one pixel: MXNet takes the first, ONNX' half_pixel the middle."""
import gluino as mx
import numpy as np
import pytest


def test_a_resizing_to_one_pixel_goes_there_and_back(tmp_path):
    small = mx.sym.contrib.BilinearResize2D(
        mx.sym.var("data"), height=1, width=2, align_corners=False)
    path = str(tmp_path / "small.onnx")
    mx.onnx.export_model(small, {}, [(1, 1, 3, 4)], np.float32, path)
    symbol, args, states = mx.contrib.onnx.import_model(path)
    x = mx.nd.arange(12).reshape((1, 1, 3, 4))
    y = symbol.eval(mx.cpu(), data=x, **args, **states)[0]
    np.testing.assert_allclose(y.asnumpy(), [[[[0.5, 2.5]]]], rtol=1e-6)


@pytest.mark.parametrize("coordinates, expected", [
    ("half_pixel", [4.5, 6.5]), ("pytorch_half_pixel", [0.5, 2.5])])
def test_the_pixel_that_a_file_means(coordinates, expected, tmp_path):
    onnx = pytest.importorskip("onnx")
    pytest.importorskip("onnx.helper")  # a folder of tests may be called onnx, too
    sizes = onnx.numpy_helper.from_array(np.array([1, 1, 1, 2]), "sizes")
    node = onnx.helper.make_node("Resize", ["x", "", "", "sizes"], ["y"], mode="linear",
                                 coordinate_transformation_mode=coordinates)
    ends = [onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, shape)
            for name, shape in (("x", (1, 1, 3, 4)), ("y", None))]
    graph = onnx.helper.make_graph([node], "g", ends[:1], ends[1:], [sizes])
    path = str(tmp_path / "model.onnx")
    onnx.save(onnx.helper.make_model(
        graph, opset_imports=[onnx.helper.make_opsetid("", 17)], ir_version=8), path)
    symbol, args, states = mx.contrib.onnx.import_model(path)
    x = mx.nd.arange(12).reshape((1, 1, 3, 4))
    y = symbol.eval(mx.cpu(), x=x, **args, **states)[0]
    np.testing.assert_allclose(y.asnumpy().ravel(), expected, rtol=1e-6)
