"""Networks of bytes, made by mx.contrib.quantization."""
import json
import logging

import numpy as np
import pytest

import gluino as mx
from gluino.contrib import quantization
from gluino.gluon import nn

rng = np.random.RandomState(0)
DATA = rng.randn(48, 2, 10, 10).astype("float32")


@pytest.fixture(scope="module")
def net():
    """Convolution, normalisation, pooling and two fully connected layers, with statistics."""
    mx.random.seed(1)
    layers = nn.HybridSequential(prefix="net_")
    with layers.name_scope():
        layers.add(nn.Conv2D(8, 3, padding=1), nn.BatchNorm(), nn.Activation("relu"),
                   nn.MaxPool2D(), nn.Flatten(), nn.Dropout(0.5), nn.Dense(16, activation="relu"),
                   nn.Dense(4))
    layers.initialize(mx.init.Xavier())
    layers.hybridize()
    with mx.autograd.record():
        layers(mx.nd.array(DATA))
    return layers


@pytest.fixture(scope="module")
def module(net, tmp_path_factory):
    """The same as a symbol with a loss, its arguments and its states."""
    path = str(tmp_path_factory.mktemp("net") / "net")
    net(mx.nd.array(DATA[:2]))
    net.export(path)
    sym, args, states = mx.model.load_checkpoint(path, 0)
    return mx.sym.SoftmaxOutput(sym, name="softmax"), args, states


def iterator(batch_size=16):
    return mx.io.NDArrayIter(DATA, np.zeros(len(DATA)), batch_size)


def operators(sym):
    return {node["op"] for node in json.loads(sym.tojson())["nodes"]} - {"null"}


def outputs(sym, args, states):
    inputs = {name: mx.nd.array(DATA) for name in sym.list_arguments() if name not in args}
    inputs.pop("softmax_label", None)
    labels = {"softmax_label": mx.nd.zeros(len(DATA))} if (
        "softmax_label" in sym.list_arguments()) else {}
    return sym.bind(mx.cpu(), {**args, **inputs, **labels}, aux_states=states).forward()[0].asnumpy()


def near(got, expected, tolerance=0.03):
    assert np.abs(got - expected).max() < tolerance * max(1, np.abs(expected).max())
    assert np.abs(got - expected).max() > 0  # they are not floats


@pytest.mark.parametrize("mode", ["naive", "entropy"])
@pytest.mark.parametrize("dtype", ["int8", "auto"])
def test_quantize_model(module, mode, dtype):
    qsym, qargs, states = quantization.quantize_model(
        *module, calib_data=iterator(), calib_mode=mode, quantized_dtype=dtype)
    near(outputs(qsym, qargs, states), outputs(*module))
    assert {"_fused_int8_convolution", "_fused_int8_fully_connected"} < operators(qsym)
    assert sum(array.dtype == np.int8 for array in qargs.values()) == 3


def test_files_and_modules(module, tmp_path):
    path = str(tmp_path / "small")
    quantized = quantization.quantize_model(*module, calib_data=iterator())
    mx.model.save_checkpoint(path, 3, *quantized)
    loaded = mx.model.load_checkpoint(path, 3)
    expected = outputs(*quantized)
    np.testing.assert_array_equal(outputs(*loaded), expected)
    mod = mx.mod.Module(loaded[0], label_names=None)
    mod.bind([("data", (16, 2, 10, 10))], for_training=False)
    mod.set_params(*loaded[1:])
    np.testing.assert_array_equal(mod.predict(iterator()).asnumpy(), expected)
    block = mx.gluon.SymbolBlock.imports(path + "-symbol.json", ["data"], path + "-0003.params")
    np.testing.assert_array_equal(block(mx.nd.array(DATA)).asnumpy(), expected)


def test_layers_stay_as_they_are(module):
    conv = [node.name for node in module[0].get_internals() if "conv" in node.name][-1]
    for options, left in (({"excluded_sym_names": [conv]}, "Convolution"),
                          ({"excluded_op_names": ["Convolution"]}, "Convolution"),
                          ({"excluded_op_names": ["FullyConnected"]}, "FullyConnected")):
        qsym, _, _ = quantization.quantize_model(*module, calib_data=iterator(),
                                                 num_calib_examples=20, **options)
        assert left in operators(qsym)


@pytest.mark.parametrize("mode", ["naive", "entropy"])
def test_two_steps(module, mode):
    sym, args, states, collector = quantization.quantize_graph(*module, calib_mode=mode)
    with pytest.raises(ValueError, match="seen the inputs"):
        quantization.calib_graph(sym, args, states, collector, calib_mode=mode)
    executor = sym.bind(mx.cpu(), {**args, "data": mx.nd.array(DATA),
                                   "softmax_label": mx.nd.zeros(len(DATA))}, aux_states=states)
    executor.set_monitor_callback(collector.collect, monitor_all=True)
    executor.forward()
    quantized = quantization.calib_graph(sym, args, states, collector, calib_mode=mode)
    near(outputs(*quantized), outputs(*module), 0.06 if mode == "naive" else 0.2)  # cut off
    with pytest.raises(mx.MXNetError, match="no range is given for"):
        known = "min_max_dict" if mode == "naive" else "hist_dict"
        setattr(collector, known, {"data": getattr(collector, known)["data"]})
        quantization.calib_graph(sym, args, states, collector, calib_mode=mode)


@pytest.mark.parametrize("source", ["loader", "labelled", "iterator"])
def test_quantize_net(net, source, caplog):
    calib_data = {
        "loader": mx.gluon.data.DataLoader(mx.nd.array(DATA), 16),
        "labelled": mx.gluon.data.DataLoader(
            mx.gluon.data.ArrayDataset(mx.nd.array(DATA), mx.nd.zeros(len(DATA))), 16),
        "iterator": iterator()}[source]
    logger = logging.getLogger("quantization")
    with caplog.at_level(logging.INFO, "quantization"):
        small = quantization.quantize_net(net, calib_data=calib_data, calib_mode="naive",
                                          num_calib_examples=48, logger=logger)
    assert "48 samples" in caplog.text
    data = mx.nd.array(DATA)
    near(small(data).asnumpy(), net(data).asnumpy())
    assert net(data).dtype == np.float32
    with caplog.at_level(logging.INFO, "quantization"):  # as MXNet 2 says it
        again = quantization.quantize_net(
            net, calib_data=calib_data, calib_mode="naive", num_calib_batches=2, logger=logger,
            quantize_granularity="tensor-wise", device=mx.cpu())
    assert "32 samples" in caplog.text
    fewer = quantization.quantize_net(net, calib_data=calib_data, calib_mode="naive",
                                      num_calib_examples=32)
    np.testing.assert_array_equal(again(data).asnumpy(), fewer(data).asnumpy())
    left = quantization.quantize_net_v2(net, calib_data=iterator(), calib_mode="entropy",
                                        exclude_layers_match=["conv"], quantized_dtype="int8")
    assert sum(p.dtype == np.int8 for p in left.collect_params().values()) == 2


def test_collectors_of_ones_own(net):
    class Collector:
        """Halves nothing, keeps what it sees."""

        def __init__(self):
            self.min_max_dict = {}

        def collect(self, name, arr):
            """Notes the ends."""
            self.min_max_dict[name] = (arr.min().asscalar(), arr.max().asscalar())

    small = quantization.quantize_net_v2(net, calib_data=iterator(48), calib_mode="custom",
                                         LayerOutputCollector=Collector())
    data = mx.nd.array(DATA)
    near(small(data).asnumpy(), net(data).asnumpy())


def test_collectors_of_mxnet_2_are_told_operators(net):
    class Collector(quantization.CalibrationCollector):
        """Keeps what convolutions and fully connected layers read and give."""

        def __init__(self):
            super().__init__()
            self.operators = set()

        def collect(self, name, op_name, arr):
            self.operators.add(op_name)
            self.min_max_dict[name] = (arr.min().asscalar(), arr.max().asscalar())

        def post_collect(self):
            return {name: ends for name, ends in self.min_max_dict.items() if "weight" not in name}

    collector = Collector()
    small = quantization.quantize_net(net, calib_data=iterator(48), calib_mode="custom",
                                      LayerOutputCollector=collector)
    assert {"null", "Convolution", "FullyConnected", "Pooling"} <= collector.operators
    data = mx.nd.array(DATA)
    near(small(data).asnumpy(), net(data).asnumpy())


def test_the_name_of_mxnet_2(module):
    qsym, qargs, _ = quantization.quantize_model_onednn(*module, device=mx.cpu(),
                                                        calib_data=iterator(), num_calib_batches=2,
                                                        calib_mode="naive")
    expected, args, _ = quantization.quantize_model(*module, calib_data=iterator(),
                                                    num_calib_examples=32, calib_mode="naive")
    assert qsym.list_arguments() == expected.list_arguments()
    for name, array in args.items():
        np.testing.assert_array_equal(qargs[name].asnumpy(), array.asnumpy())
    with pytest.raises(ValueError, match="device: expected one Context|Context"):
        quantization.quantize_model_onednn(*module, device=3, calib_data=iterator())


@pytest.mark.parametrize("options, message", [
    ({"calib_mode": "none"}, "got none; layers"), ({"calib_mode": "foo"}, "naive or entropy"),
    ({"calib_data": None}, "expected a DataIter"), ({"calib_data": 5}, "expected a DataIter"),
    ({"quantized_dtype": "int4"}, "int8 or uint8 or auto"), ({"quantize_mode": "x"}, "smart"),
    ({"quantize_granularity": "x"}, "channel-wise"), ({"excluded_sym_names": 3}, "list of names"),
    ({"ctx": 3}, "Context"), ({"data_names": ["images"]}, "expected images, got data")])
def test_mistakes_are_told(module, options, message):
    with pytest.raises(ValueError, match=message):
        quantization.quantize_model(*module, **{"calib_data": iterator(), **options})


# As MXNet 1.9.1 has them.
def test_histograms():
    old = (np.array([1, 2, 3]), np.array([-1., -1 / 3, 1 / 3, 1]), -1, 1, 1.)
    counts, _, least, most, threshold = quantization.combine_histogram(
        old, np.array([.2, .3, -.9]), -.9, .3, .9)
    assert (counts.tolist(), least, most, threshold) == ([2, 4, 3], -1, 1, 1)
    counts, edges, least, most, threshold = quantization.combine_histogram(
        old, mx.nd.array([.2, .3, -3]), -3, .3, 3.)
    assert counts.tolist() == [0, 1, 0, 0, 1, 4, 3, 0, 0, 0, 0]
    np.testing.assert_allclose(edges, np.linspace(-11 / 3, 11 / 3, 12), rtol=1e-6)
    assert (least, most) == (-3, 1) and abs(threshold - 11 / 3) < 1e-12
    numbers = np.random.RandomState(0).randn(5000)
    counts, edges = np.histogram(numbers, bins=1001, range=(-4, 4))
    for dtype, least, expected in (("int8", .1, 3.4085915), ("uint8", .1, 2.849151),
                                   ("auto", -3.5, 3.4085915)):
        found = quantization._get_optimal_threshold((counts, edges, least, 3.9, 4.), dtype)
        assert found[:2] == (least, 3.9)
        np.testing.assert_allclose(found[2], expected, rtol=1e-5)
