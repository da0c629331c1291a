"""bfloat16, which NumPy has no type for, by its name."""
import gluino as mx
import numpy as np
from gluino import gluon


def layer():
    return mx.sym.FullyConnected(mx.sym.Variable("data"), num_hidden=2, name="f")


def test_types_follow_from_it():
    inputs, outputs, _ = layer().infer_type(data="bfloat16")
    assert inputs == ["bfloat16"] * 3 and outputs == ["bfloat16"]
    assert layer().infer_type_partial(data="bfloat16")[1] == ["bfloat16"]


def test_executors_and_modules_are_bound_with_it():
    x = mx.nd.array([[1, 2, 3], [4, 5, 6]]).astype("bfloat16")
    executor = layer().simple_bind(mx.cpu(), data=(2, 3), type_dict={"data": "bfloat16"})
    executor.arg_dict["f_weight"][:] = 0.5
    result = executor.forward(data=x)[0]
    assert result.dtype == "bfloat16"
    assert result.astype("float32").asnumpy().tolist() == [[3, 3], [7.5, 7.5]]
    module = mx.mod.Module(layer(), label_names=None)
    module.bind([mx.io.DataDesc("data", (2, 3), "bfloat16")], for_training=False)
    module.init_params(mx.init.One())
    module.forward(mx.io.DataBatch([x]))
    assert module.get_outputs()[0].dtype == "bfloat16"


def test_networks_of_variables_of_it():
    weight = mx.sym.var("weight", dtype="bfloat16", shape=(2, 3))
    out = mx.sym.FullyConnected(mx.sym.var("data"), weight, no_bias=True, num_hidden=2)
    net = gluon.SymbolBlock(out, mx.sym.var("data"))
    net.initialize(mx.init.One())
    result = net(mx.nd.ones((1, 3)).astype("bfloat16"))
    assert result.astype("float32").asnumpy().tolist() == [[3, 3]]


def test_ranges_of_it():
    assert mx.np.arange(3, dtype="bfloat16").astype("float32").asnumpy().tolist() == [0, 1, 2]
    assert np.array_equal(mx.np.arange(0, 1, 0.25, dtype="bfloat16").asnumpy(), [0, 0.25, 0.5, 0.75])
