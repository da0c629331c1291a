"""Shapes and types that follow from those given."""
import gluino as mx
import numpy as np
import pytest
from gluino import sym


def layer():
    return sym.FullyConnected(sym.var("data"), num_hidden=10, name="fc1")


def test_shapes():
    net = sym.SoftmaxOutput(layer(), name="softmax")
    expected = ([(5, 7), (10, 7), (10,), (5,)], [(5, 10)], [])
    assert net.infer_shape(data=(5, 7)) == expected
    assert net.infer_shape((5, 7)) == expected
    norm = sym.BatchNorm(sym.var("data"), name="bn")
    assert norm.infer_shape(data=(2, 3, 4))[2] == [(3,), (3,)]
    assert sym.var("a", shape=(2, 3)).infer_shape() == ([(2, 3)], [(2, 3)], [])


def test_incomplete():
    with pytest.warns(UserWarning, match="data"):
        assert layer().infer_shape() == (None, None, None)
    assert layer().infer_shape_partial() == ([(), (), ()], [()], [])


def test_contradictions(capsys):
    with pytest.raises(mx.MXNetError):
        layer().infer_shape(data=(5, 7), fc1_weight=(3, 3))
    assert "infer_shape error" in capsys.readouterr().out
    with pytest.raises(ValueError):
        layer().infer_shape((1, 2), data=(1, 2))
    with pytest.raises(TypeError):
        layer().infer_shape(data=5)


def test_types():
    for dtype in ("float64", np.float64, np.dtype("float64")):
        arguments, outputs, states = layer().infer_type(data=dtype)
        assert arguments == [np.float64] * 3 and outputs == [np.float64] and states == []
    assert layer().infer_type(fc1_weight="float16")[0] == [np.float16] * 3
    assert layer().infer_type("float16")[1] == [np.float16]
    assert sym.Cast(sym.var("x"), dtype="int32").infer_type(x="float64") == (
        [np.float64], [np.int32], [])
