"""mx.sym.np: the same functions, that run later."""
import subprocess
import sys

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
    assert x.num_outputs == 1 and mx.sym.np.split(x, 3).num_outputs == 3


def test_automatic_names_are_mxnets(x):
    n = mx.sym.np
    with mx.name.NameManager():
        names = [y.name for y in (n.sum(x), n.exp(x), x + 1, x + x, 2 - x, n.mean(x), n.maximum(x, x),
                                  n.concatenate([x, x]), n.linalg.inv(x), n.swapaxes(x, 0, 1))]
    assert names == ["sum0", "exp0", "add_scalar0", "add0", "rsubtract_scalar0", "mean0", "maximum0",
                     "concatenate0", "inv0", "swapaxes0"]


def test_layers(x):
    y = mx.sym.npx.fully_connected(x, num_hidden=4, name="fc")
    assert y.list_arguments() == ["x", "fc_weight", "fc_bias"]
    onp.testing.assert_allclose(value(mx.sym.npx.softmax(x), x=X).sum(1), [1, 1], rtol=1e-5)
    assert value(mx.sym.npx.reshape(x, (-5,)), x=X).shape == (6,)


def test_what_is_not_there_says_so(x):
    for name in ("median", "searchsorted"):
        with pytest.raises(NotImplementedError, match=name):
            getattr(mx.sym.np, name)(x)
    with pytest.raises(AttributeError):
        mx.sym.np.no_such_name


def test_nodes_take_a_name(x):
    n, npx = mx.sym.np, mx.sym.npx
    for function in (n.sin, n.sum, n.mean, n.ravel, n.transpose, n.copy, n.cumsum, n.linalg.inv,
                     n.linalg.det, n.linalg.norm, n.sort, n.zeros_like, npx.relu, npx.shape_array):
        assert function(x, name="mine").name == "mine"
    for function in (n.add, n.maximum, n.outer, n.vdot, n.dot, n.inner, n.append, n.take,
                     npx.batch_dot, npx.pick, npx.reshape_like):
        assert function(x, x, name="mine").name == "mine"
    for made in (n.add(x, 1, name="mine"), n.subtract(1, x, name="mine"),
                 n.concatenate([x, x], axis=None, name="mine"), n.stack([x, x], name="mine"),
                 n.where(x > 1, x, 0, name="mine"), n.clip(x, 0, 1, name="mine"),
                 n.einsum("ij->ji", x, name="mine"), n.quantile(x, 0.5, name="mine"),
                 n.zeros((2,), name="mine"), n.arange(3, name="mine"), n.full((2,), 1, name="mine"),
                 n.split(x, 3, 1, name="mine"), npx.reshape(x, (-1,), name="mine")):
        assert made.name == "mine"
    with mx.name.Prefix("net_"):
        assert n.sin(x, name="mine").name == "net_mine" == n.add(x, x, name="mine").name


def test_functions_of_npx(x):
    npx = mx.sym.npx
    onp.testing.assert_array_equal(value(npx.shape_array(x), x=X), [2, 3])
    onp.testing.assert_array_equal(value(npx.arange_like(x, axis=1), x=X), [0, 1, 2])
    masked = npx.sequence_mask(x, mx.sym.np.ones((3,)), use_sequence_length=True)
    onp.testing.assert_array_equal(value(masked, x=X), [X[0], [0, 0, 0]])
    assert value(npx.reshape_like(x.T, x), x=X).shape == X.shape


def test_draws_by_number_and_by_symbol(x):
    random, of_npx = mx.sym.np.random, mx.sym.npx.random
    shape = X.shape
    for draw in (random.power(x), random.lognormal(x, 1.0), random.chisquare(x),
                 of_npx.bernoulli(prob=x / 10), of_npx.bernoulli(logit=x)):
        assert value(draw, x=X).shape == shape
    assert value(of_npx.normal_n(x, 1.0, (5,)), x=X).shape == (5, *shape)
    assert value(of_npx.uniform_n(x, x + 1, 5), x=X).shape == (5, *shape)
    assert sorted(value(random.choice(4, 4, replace=False))) == [0, 1, 2, 3]
    only = value(random.choice(3, (2, 2), p=x), x=onp.array([0, 1, 0], dtype="float32"))
    onp.testing.assert_array_equal(only, [[1, 1], [1, 1]])
    with pytest.raises(ValueError, match="either prob or logit"):
        of_npx.bernoulli()


def test_pictures():
    x = mx.sym.var("x").as_np_ndarray()
    picture = onp.arange(24, dtype="uint8").reshape(4, 2, 3)
    made = mx.sym.npx.image.to_tensor(x).eval(x=mx.np.array(picture))[0]
    assert isinstance(made, mx.np.ndarray)
    onp.testing.assert_allclose(made.asnumpy(), picture.transpose(2, 0, 1) / 255, rtol=1e-6)


@pytest.mark.parametrize("method", [
    lambda x: x.argsort(), lambda x: x.sort(), lambda x: x.round(), lambda x: x.exp(),
    lambda x: x.expand_dims(0), lambda x: x.tile(2), lambda x: x.diag(), lambda x: x.softmax(),
    lambda x: x.relu(), lambda x: x.sqrt(), lambda x: x.flip(0), lambda x: x.topk(k=2),
    lambda x: x.one_hot(3), lambda x: x.pick(mx.sym.var("y")), lambda x: x.zeros_like()])
def test_methods_give_symbols_of_the_same_kind(method, x):
    assert type(method(x)) is type(x)


def test_methods_have_numpys_rules(x):
    assert x.argsort().infer_type(x="float32")[1] == [onp.int64]
    onp.testing.assert_array_equal(value(x.tile((2, 1)), x=X), onp.tile(X, (2, 1)))
    onp.testing.assert_array_equal(value(x.flip(0), x=X), onp.flip(X, 0))


@pytest.mark.parametrize("function", [
    lambda n, x: n.delete(x, 1, 0), lambda n, x: n.delete(x, slice(0, 2), 1),
    lambda n, x: n.delete(x, -1), lambda n, x: n.insert(x, 1, 5, 0),
    lambda n, x: n.insert(x, 1, x[0], 0), lambda n, x: n.insert(x, slice(0, 2), 7, 1),
    lambda n, x: n.ediff1d(x), lambda n, x: n.ediff1d(x, 8, 9),
    lambda n, x: n.ediff1d(x, x[0], x[1]), lambda n, x: n.empty_like(x) * 0])
def test_without_and_with_places_as_numpy(function, x):
    onp.testing.assert_allclose(value(function(mx.sym.np, x), x=X), function(onp, X))


@pytest.mark.parametrize("function", [
    lambda n, x: n.array_split(x, 2, axis=1), lambda n, x: n.array_split(x, [0, 1], axis=-1),
    lambda n, x: n.histogram(x, bins=3, range=(0, 6)), lambda n, x: [n.resize(x, 4)],
    lambda n, x: [n.resize(x, (3, 5))], lambda n, x: [n.resize(x, (1, 6))]])
def test_parts_counts_and_sizes_as_numpy(function, x):
    expected = function(onp, X)
    results = mx.sym.Group(list(function(mx.sym.np, x))).eval(x=mx.nd.array(X))
    assert len(results) == len(expected)
    for result, one in zip(results, expected):
        onp.testing.assert_array_equal(result.asnumpy(), one)


def test_histograms(x):
    counts, edges = mx.sym.np.histogram(x, mx.sym.var("edges").as_np_ndarray())
    assert value(counts, x=X, edges=[0, 2, 5]).tolist() == [1, 4]
    assert counts.infer_type(x="float32")[1] == [onp.int64]
    for wrong in ({"bins": 3}, {"range": (0, 6), "density": True}):
        with pytest.raises(NotImplementedError, match="mx.sym.np.histogram"):
            mx.sym.np.histogram(x, **wrong)


def test_a_count_of_whole_numbers_cannot_be_bound(x):
    with pytest.raises(mx.MXNetError, match="the elements decide how many"):
        mx.sym.np.bincount(x.astype("int32")).eval(x=mx.nd.array([1, 2]))


def test_places_along_axes(x):
    places = onp.array([1, 5], dtype="float32")
    onp.testing.assert_array_equal(value(mx.sym.np.unravel_index(x, (2, 3)), x=places),
                                   onp.unravel_index([1, 5], (2, 3)))
    with pytest.raises(NotImplementedError, match="mx.sym.np.delete"):
        mx.sym.np.delete(x, x, 0)


def test_places_that_there_are_not_are_refused_unless_a_mode_says_more(x):
    numbers, places = mx.nd.array([1, 2, 3]), mx.sym.var("places").as_np_ndarray()
    for taken in (x.take(places), x.take(places, mode="raise"), x.take(places, axis=0)):
        with pytest.raises(IndexError, match="no place 9"):
            taken.eval(x=numbers, places=mx.nd.array([0, 9]))
        assert taken.eval(x=numbers, places=mx.nd.array([-1]))[0].asnumpy().tolist() == [3]
    assert value(x.take(places, mode="clip"), x=numbers, places=[0, 9]).tolist() == [1, 3]
    assert value(x.take(places, mode="wrap"), x=numbers, places=[0, 4]).tolist() == [1, 2]


def test_flip_of_all_axes(x):
    onp.testing.assert_array_equal(value(mx.sym.np.flip(x), x=X), onp.flip(X))


def test_the_first_symbol_of_a_program_has_them_too():
    program = ("import gluino as mx; x = mx.sym.var('x').as_np_ndarray(); "
               "print(type(x).__name__, x.argsort().name, type(x.as_nd_ndarray()).__name__)")
    told = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert told.stdout.split() == ["_Symbol", "argsort0", "Symbol"]
