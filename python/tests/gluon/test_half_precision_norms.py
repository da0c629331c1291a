"""Batch normalisation in networks of half precision: its parameters and states stay in float32."""
import gluino as mx
import numpy as np
import pytest
from gluino.contrib import amp
from gluino.gluon import nn

HALVES = pytest.mark.parametrize("dtype", ["float16", "bfloat16"])


class _Residual(mx.gluon.HybridBlock):
    def __init__(self):
        super().__init__()
        self.norm, self.act = nn.BatchNorm(axis=-1), nn.Activation("relu")
        self.dense = nn.Dense(3, flatten=False)

    def hybrid_forward(self, F, x):
        return F.concat(x + self.norm(self.act(x)), self.dense(self.norm(x)), dim=-1)


def networks():
    plain = nn.HybridSequential()
    plain.add(nn.Conv2D(4, 3), nn.BatchNorm(), nn.Activation("relu"), nn.Dense(3))
    lone = nn.BatchNorm(scale=False, running_mean_initializer=mx.init.Constant(0.25))
    return [plain, lone, _Residual()]


@HALVES
@pytest.mark.parametrize("which", range(3))
def test_converted_networks_compute_the_same(which, dtype):
    net = networks()[which]
    net.initialize(mx.init.Xavier())
    net.hybridize()
    x = mx.nd.array(np.cos(np.arange(2 * 3 * 8 * 8)).reshape(2, 3, 8, 8))
    expected = net(x).asnumpy()
    converted = amp.convert_hybrid_block(net, target_dtype=dtype)
    result = converted(x)
    assert result.dtype == np.float32
    np.testing.assert_allclose(result.asnumpy(), expected, atol=0.05, rtol=0.05)
    assert not np.array_equal(result.asnumpy(), expected)
    assert set(converted.collect_params()) == set(net.collect_params())


@HALVES
def test_converted_models_keep_names_and_parameters_of_the_norm(dtype):
    net = mx.sym.BatchNorm(mx.sym.FullyConnected(mx.sym.var("data"), num_hidden=2, name="fc"),
                           name="bn", fix_gamma=False)
    sym, _, _ = amp.convert_model(net, {}, {}, dtype)
    assert sym.list_arguments() == net.list_arguments()
    assert sym.list_auxiliary_states() == net.list_auxiliary_states()
    executor = sym.simple_bind(mx.cpu(), data=(3, 2))
    executor.copy_params_from({"fc_weight": mx.nd.ones((2, 2)), "fc_bias": mx.nd.zeros(2),
                               "bn_gamma": mx.nd.array([1.0001, 2]), "bn_beta": mx.nd.zeros(2)},
                              {"bn_moving_mean": mx.nd.ones(2), "bn_moving_var": mx.nd.ones(2)})
    result = executor.forward(data=mx.nd.ones((3, 2)))[0].asnumpy()
    np.testing.assert_allclose(result, [[1, 2]] * 3, atol=0.01)


@HALVES
def test_cast_keeps_parameters_and_states(dtype):
    net = networks()[0]
    net.initialize(mx.init.Xavier())
    x = mx.nd.array(np.cos(np.arange(2 * 3 * 8 * 8)).reshape(2, 3, 8, 8))
    expected = net(x).asnumpy()
    net.cast(dtype)
    assert {str(np.dtype(p.dtype)) for p in net[1].collect_params().values()} == {"float32"}
    half = x.astype(dtype)
    for hybrid in (False, True):
        net.hybridize(hybrid)
        result = net(half)
        assert result.dtype == half.dtype
        np.testing.assert_allclose(result.astype("float32").asnumpy(), expected, atol=0.05)


@HALVES
def test_types_of_parameters_beside_data_in_half_precision(dtype):
    net = mx.sym.BatchNorm(mx.sym.var("data"), name="bn")
    types, outputs, states = net.infer_type(data=dtype)
    assert [str(np.dtype(t)) if t != "bfloat16" else t for t in types[1:]] == ["float32"] * 2
    assert states == [np.float32] * 2 and str(outputs[0]).find("16") > 0
    x = mx.nd.array([[1, 2], [3, 4], [5, 6]]).astype(dtype)
    ones, zeros = mx.nd.ones(2), mx.nd.zeros(2)
    x.attach_grad()
    with mx.autograd.record():
        y = mx.nd.BatchNorm(x, ones, zeros, zeros.copy(), ones.copy())
        y[0].backward()
    assert y.dtype == x.dtype and x.grad.dtype == x.dtype
    with pytest.raises(mx.MXNetError, match="float64"):
        mx.nd.BatchNorm(x, ones.astype("float64"), zeros, zeros.copy(), ones.copy())
