"""mx.sym.np: the same functions, that run later."""
import gluino as mx
import numpy as onp
import pytest

X = onp.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], dtype="float32")


def value(symbol, **arrays):
    inputs = {name: mx.nd.array(array) for name, array in arrays.items()}
    return symbol.eval(**inputs)[0].asnumpy()


@pytest.fixture
def x():
    return mx.sym.var("x").as_np_ndarray()


@pytest.mark.parametrize("function", [
    lambda n, x: n.exp(x), lambda n, x: x + 1, lambda n, x: 2 - x, lambda n, x: x / 2,
    lambda n, x: x * x, lambda n, x: x > 2, lambda n, x: n.maximum(x, 3), lambda n, x: x.sum(),
    lambda n, x: x.mean(axis=1), lambda n, x: n.sum(x, axis=0, keepdims=True),
    lambda n, x: x.reshape(3, 2), lambda n, x: x.T, lambda n, x: n.concatenate([x, x], axis=1),
    lambda n, x: n.stack([x, x]), lambda n, x: x[0], lambda n, x: x[:, 1], lambda n, x: x[-1],
    lambda n, x: x[:, ::-1], lambda n, x: x[:, None], lambda n, x: n.expand_dims(x, 0),
    lambda n, x: n.std(x, axis=1), lambda n, x: n.where(x > 2, x, 0), lambda n, x: x @ x.T,
    lambda n, x: n.linalg.norm(x), lambda n, x: n.tile(x, 2), lambda n, x: n.clip(x, 2, 4),
    lambda n, x: n.split(x, [1], 1)[1], lambda n, x: n.argmax(x, axis=1), lambda n, x: -x])
def test_as_numpy(function, x):
    result = value(function(mx.sym.np, x), x=X)
    expected = function(onp, X)
    assert result.shape == onp.shape(expected)
    onp.testing.assert_allclose(result, expected, rtol=1e-5)


def test_faces(x):
    assert type(x).__name__ == "_Symbol" and type(x + 1) is type(x)
    assert type((x + 1).as_nd_ndarray()) is mx.sym.Symbol
    assert (x > 1).infer_type(x="float32")[1] == [onp.bool_]


def test_layers(x):
    y = mx.sym.npx.fully_connected(x, num_hidden=4, name="fc")
    assert y.list_arguments() == ["x", "fc_weight", "fc_bias"]
    onp.testing.assert_allclose(value(mx.sym.npx.softmax(x), x=X).sum(1), [1, 1], rtol=1e-5)
    assert value(mx.sym.npx.reshape(x, (-5,)), x=X).shape == (6,)


def test_what_is_not_there_says_so(x):
    for name in ("array_split", "histogram", "resize"):
        with pytest.raises(NotImplementedError, match=name):
            getattr(mx.sym.np, name)(x)
    with pytest.raises(AttributeError):
        mx.sym.np.no_such_name
