"""Places outside of an axis are an error, as ONNX says, and never an element of another place."""
import gluino as mx
import numpy as np
import pytest

onnx = pytest.importorskip('onnx')
pytest.importorskip('onnx.helper')  # a folder of tests may be called onnx, too

DATA = np.arange(6, dtype=np.float32).reshape(2, 3)
UPDATES = np.zeros((1, 1), np.float32)

# Attributes, shape of the places, the inputs behind them, and what belongs to axis 0.
FORMS = {
    'Gather': ({'axis': 0}, (1,), []),
    'GatherElements': ({'axis': 0}, (1, 3), []),
    'GatherND': ({}, (1, 1), []),
    'ScatterElements': ({'axis': 0}, (1, 1), [UPDATES]),
    'ScatterND': ({}, (1, 1), [np.zeros((1, 3), np.float32)]),
}


def computed(operator, place, folder):
    attributes, shape, rest = FORMS[operator]
    inputs = [onnx.numpy_helper.from_array(array, f'in{i}') for i, array in enumerate(rest)]
    node = onnx.helper.make_node(operator, ['x', 'places'] + [each.name for each in inputs], ['y'],
                                 **attributes)
    values = [onnx.helper.make_tensor_value_info(name, kind, dims) for name, kind, dims in (
        ('x', onnx.TensorProto.FLOAT, DATA.shape), ('places', onnx.TensorProto.INT64, shape))]
    result = onnx.helper.make_tensor_value_info('y', onnx.TensorProto.FLOAT, None)
    graph = onnx.helper.make_graph([node], 'g', values, [result], inputs)
    path = str(folder / 'model.onnx')
    onnx.save(onnx.helper.make_model(
        graph, opset_imports=[onnx.helper.make_opsetid('', 17)], ir_version=8), path)
    symbol, args, states = mx.contrib.onnx.import_model(path)
    places = mx.nd.array(np.full(shape, place), dtype='int64')
    return symbol.eval(mx.cpu(), x=mx.nd.array(DATA), places=places, **args, **states)[0].asnumpy()


@pytest.mark.parametrize('operator', FORMS)
def test_places_outside_are_an_error(operator, tmp_path):
    last = computed(operator, 1, tmp_path)
    np.testing.assert_array_equal(computed(operator, -1, tmp_path), last)
    for place in (2, -3, 2 ** 40):
        with pytest.raises(mx.MXNetError):
            computed(operator, place, tmp_path)


def test_take_that_raises_goes_out_as_it_is(tmp_path):
    taken = mx.sym.take(mx.sym.var('x'), mx.sym.var('i'), mode='raise')
    path = str(tmp_path / 'model.onnx')
    mx.contrib.onnx.export_model(taken, {}, [(2, 3), (1,)], [np.float32, np.int64], path)
    symbol, args, states = mx.contrib.onnx.import_model(path)
    for place in (-1, 1):
        i = mx.nd.array([place], dtype='int64')
        out = symbol.eval(mx.cpu(), x=mx.nd.array(DATA), i=i, **args, **states)[0]
        np.testing.assert_array_equal(out.asnumpy(), DATA[[1]])
