"""Networks as ONNX files: out, in again, the same numbers."""
import os

import numpy as np
import pytest

import gluino as mx


def lenet():
    data = mx.sym.var("data")
    net = mx.sym.Convolution(data, kernel=(3, 3), num_filter=4, name="conv1")
    net = mx.sym.BatchNorm(net, name="bn1")
    net = mx.sym.Activation(net, act_type="relu", name="relu1")
    net = mx.sym.Pooling(net, pool_type="max", kernel=(2, 2), stride=(2, 2), name="pool1")
    net = mx.sym.FullyConnected(net, num_hidden=10, name="fc")
    return mx.sym.SoftmaxOutput(net, name="softmax")


def with_parameters(net, shape):
    shapes, _, states = net.infer_shape(data=shape)
    rng = np.random.RandomState(3)
    args = {name: mx.nd.array(rng.uniform(-1, 1, size)) for name, size in
            zip(net.list_arguments(), shapes) if name not in ("data", "softmax_label")}
    aux = {name: mx.nd.array(rng.uniform(0.5, 1.5, size)) for name, size in
           zip(net.list_auxiliary_states(), states)}
    return args, aux


def outputs(net, args, aux, data):
    executor = net.bind(mx.cpu(), {"data": data, **args}, aux_states=aux)
    return executor.forward(is_train=False)[0].asnumpy()


@pytest.fixture
def trained(tmp_path):
    net = lenet()
    args, aux = with_parameters(net, (2, 1, 8, 8))
    data = mx.nd.array(np.random.RandomState(5).rand(2, 1, 8, 8))
    label = mx.nd.zeros((2,))
    return net, args, aux, data, outputs(net, {**args, "softmax_label": label}, aux, data)


@pytest.mark.parametrize("form", ["dict", "prefixed", "list", "files"])
def test_there_and_back(trained, tmp_path, form):
    net, args, aux, data, expected = trained
    prefixed = {**{"arg:" + k: v for k, v in args.items()},
                **{"aux:" + k: v for k, v in aux.items()}}
    sym, params = net, {"dict": {**args, **aux}, "prefixed": prefixed, "list": [args, aux]}.get(form)
    if form == "files":
        sym, params = str(tmp_path / "net-symbol.json"), str(tmp_path / "net-0000.params")
        net.save(sym)
        mx.nd.save(params, prefixed)
    path = str(tmp_path / "net.onnx")
    assert mx.onnx.export_model(sym, params, [(2, 1, 8, 8)], np.float32, path) == path
    again, arg_params, aux_params = mx.contrib.onnx.import_model(path)
    assert sorted(aux_params) == ["bn1_moving_mean", "bn1_moving_var"]
    assert again.list_arguments()[0] == "data"
    np.testing.assert_allclose(outputs(again, arg_params, aux_params, data), expected, rtol=1e-5,
                               atol=1e-6)


def test_batch_that_is_told_later(trained, tmp_path):
    net, args, aux, data, expected = trained
    path = str(tmp_path / "net.onnx")
    for options in ({"in_shapes": [(None, 1, 8, 8)]}, {"in_shapes": [(0, 1, 8, 8)]},
                    {"in_shapes": [(2, 1, 8, 8)], "dynamic": True},
                    {"dynamic": True, "dynamic_input_shapes": [("samples", 1, 8, 8)]}):
        mx.onnx.export_model(net, [args, aux], onnx_file_path=path, **options)
        metadata = mx.contrib.onnx.get_model_metadata(path)
        assert metadata == {"input_tensor_data": [("data", (None, 1, 8, 8))],
                            "output_tensor_data": [("softmax_output", (None, 10))]}
        block = mx.contrib.onnx.import_to_gluon(path, mx.cpu())
        five = mx.nd.concat(data, data, data[:1], dim=0)
        np.testing.assert_allclose(block(five).asnumpy()[:2], expected, rtol=1e-5, atol=1e-6)


def test_older_names(trained, tmp_path):
    net, args, aux, _, _ = trained
    path = str(tmp_path / "net.onnx")
    assert mx.contrib.onnx.export_model_ is mx.contrib.onnx.export_model
    mx.contrib.onnx.export_model(net, {**args, **aux}, input_shape=[(2, 1, 8, 8)],
                                 input_type=[np.float32], onnx_file_path=path, verbose=True)
    assert os.path.getsize(path) > 100
    assert "Convolution" in mx.onnx.get_operator_support()
    assert "Convolution" in mx.onnx.get_operator_support(21)


def test_gluon_networks(tmp_path):
    net = mx.gluon.nn.HybridSequential()
    net.add(mx.gluon.nn.Dense(5, activation="tanh"), mx.gluon.nn.Dropout(0.5),
            mx.gluon.nn.LayerNorm(), mx.gluon.nn.Dense(3))
    net.initialize()
    net.hybridize()
    x = mx.nd.array(np.random.RandomState(1).rand(4, 6))
    expected = net(x).asnumpy()
    net.export(str(tmp_path / "net"))
    path = mx.onnx.export_model(tmp_path / "net-symbol.json", tmp_path / "net-0000.params",
                                [(4, 6)], onnx_file_path=tmp_path / "net.onnx")
    np.testing.assert_allclose(mx.contrib.onnx.import_to_gluon(path)(x).asnumpy(), expected,
                               rtol=1e-5, atol=1e-6)


def test_refusals(trained, tmp_path):
    net, args, aux, _, _ = trained
    path = str(tmp_path / "net.onnx")
    with pytest.raises(ValueError, match="expected 1 shapes"):
        mx.onnx.export_model(net, [args, aux], [], onnx_file_path=path)
    with pytest.raises(ValueError, match="expected 1 types"):
        mx.onnx.export_model(net, [args, aux], [(2, 1, 8, 8)], [np.float32, np.float32], path)
    with pytest.raises(ValueError, match="params"):
        mx.onnx.export_model(net, 3, [(2, 1, 8, 8)], onnx_file_path=path)
    with pytest.raises(mx.MXNetError, match="13 to 21"):
        mx.onnx.export_model(net, [args, aux], [(2, 1, 8, 8)], onnx_file_path=path,
                             opset_version=11)
    with pytest.raises(NotImplementedError, match="2 GiB"):
        mx.onnx.export_model(net, [args, aux], [(2, 1, 8, 8)], large_model=True)
    with pytest.raises(mx.MXNetError, match="no form in ONNX"):
        mx.onnx.export_model(mx.sym.gammaln(mx.sym.var("x")), {}, [(2,)], onnx_file_path=path)
    with pytest.raises(AttributeError, match="13 to 21"):
        mx.onnx.get_operator_support(9)
    with pytest.raises(mx.MXNetError, match="net.onnx"):
        mx.contrib.onnx.import_model(path)
    with open(path, "wb") as file:
        file.write(b"no model")
    with pytest.raises(mx.MXNetError, match="no ONNX model"):
        mx.contrib.onnx.import_model(path)


@pytest.mark.parametrize("read", [mx.onnx.import_model, mx.onnx.get_model_metadata])
def test_names_that_are_no_text(tmp_path, read):
    path = tmp_path / "net.onnx"
    mx.onnx.export_model(mx.sym.relu(mx.sym.var("abcdef"), name="out"), {}, [(2,)],
                         onnx_file_path=str(path))
    path.write_bytes(path.read_bytes().replace(b"abcdef", b"abc\xffef"))
    with pytest.raises(mx.MXNetError, match="net.onnx"):
        read(str(path))
