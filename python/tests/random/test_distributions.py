"""The distributions of mx.nd.random and mx.sym.random: moments, and the forms of their calls."""
import gluino as mx
import numpy as np
import pytest
from gluino import nd, sym

MANY = 50_000
# Of each function: parameters, and mean and variance that follow from them.
DISTRIBUTIONS = [
    ("uniform", (-1, 3), 1, 4 / 3), ("normal", (2, 3), 2, 9), ("gamma", (3, 0.5), 1.5, 0.75),
    ("exponential", (4,), 4, 16), ("poisson", (2.5,), 2.5, 2.5), ("poisson", (30,), 30, 30),
    ("negative_binomial", (3, 0.4), 4.5, 11.25),
    ("generalized_negative_binomial", (3, 0.4), 3, 6.6),
    ("binomial", (7, 0.4), 2.8, 1.68), ("binomial", (50, 0.7), 35, 10.5)]
PARAMETERS = {"normal": ("loc", "scale"), "exponential": ("scale",), "poisson": ("lam",)}


def check_moments(numbers, mean, variance):
    numbers = np.asarray(numbers, dtype=np.float64)
    assert abs(numbers.mean() - mean) < 5 * (variance / numbers.size) ** 0.5
    assert abs(numbers.var() / variance - 1) < 0.1


@pytest.mark.parametrize("name, parameters, mean, variance", DISTRIBUTIONS)
def test_moments(name, parameters, mean, variance):
    draw = getattr(nd.random, name)
    mx.random.seed(5)
    check_moments(draw(*parameters, shape=(MANY,)).asnumpy(), mean, variance)
    numbers = getattr(mx.random, name)(*parameters, shape=(MANY,), dtype="float64")
    assert numbers.dtype is np.float64
    check_moments(numbers.asnumpy(), mean, variance)


@pytest.mark.parametrize("name, parameters, mean, variance", DISTRIBUTIONS)
def test_moments_of_parameters_in_arrays(name, parameters, mean, variance):
    arrays = [nd.array([value, value]) for value in parameters]
    mx.random.seed(5)
    drawn = getattr(nd.random, name)(*arrays, shape=(MANY,))
    assert drawn.shape == (2, MANY) and drawn.dtype is np.float32
    for row in drawn.asnumpy():
        check_moments(row, mean, variance)
    assert not np.array_equal(drawn[0].asnumpy(), drawn[1].asnumpy())
    assert getattr(nd.random, name)(*arrays).shape == (2,)


@pytest.mark.parametrize("name, parameters, mean, variance", DISTRIBUTIONS)
def test_symbols_draw_the_same(name, parameters, mean, variance):
    draw = getattr(sym.random, name)
    mx.random.seed(5)
    expected = getattr(nd.random, name)(*parameters, shape=(4, 5)).asnumpy()
    mx.random.seed(5)
    node = draw(*parameters, shape=(4, 5), name="drawn")
    assert node.name == "drawn"
    assert np.array_equal(node.eval()[0].asnumpy(), expected)
    arrays = [nd.full((3,), value) for value in parameters]
    mx.random.seed(5)
    expected = getattr(nd.random, name)(*arrays, shape=2).asnumpy()
    mx.random.seed(5)
    variables = [sym.var(f"p{i}") for i in range(len(arrays))]
    node = draw(*variables, shape=2)
    given = {f"p{i}": array for i, array in enumerate(arrays)}
    assert np.array_equal(node.eval(**given)[0].asnumpy(), expected)


def test_whole_numbers_fill_their_range():
    mx.random.seed(5)
    counts = np.bincount(nd.random.randint(0, 10, shape=(MANY,)).asnumpy())
    assert ((counts - MANY / 10) ** 2).sum() / (MANY / 10) < 9 + 4 * 18 ** 0.5
    mx.random.seed(5)
    assert set(sym.random.randint(3, 5, shape=(50,)).eval()[0].asnumpy()) == {3, 4}


def test_places_of_symbols():
    data = sym.var("data")
    places, logs = sym.random.multinomial(data, shape=4)
    run = mx.sym.Group([places, logs]).bind(mx.cpu(), {"data": nd.array([[0, 1], [1, 0]])})
    drawn, chances = run.forward()
    assert drawn.asnumpy().tolist() == [[1] * 4, [0] * 4] and (chances.asnumpy() == 0).all()
    assert len(sym.random.multinomial(data, get_prob=False).list_outputs()) == 1


def test_in_hybridized_blocks():
    class Noise(mx.gluon.HybridBlock):
        def hybrid_forward(self, F, x):
            return F.random.normal_like(x) + F.sample_gamma(x, x)

    block = Noise()
    block.hybridize()
    first, second = block(nd.ones((2, 3))), block(nd.ones((2, 3)))
    assert first.shape == (2, 3) and not np.array_equal(first.asnumpy(), second.asnumpy())


def test_no_gradient_goes_to_parameters():
    mean, deviation = nd.zeros((3,)), nd.ones((3,))
    mean.attach_grad()
    with mx.autograd.record():
        (nd.sample_normal(mean, deviation) * mean.exp()).sum().backward()
    assert mean.grad.shape == (3,)


def test_into_arrays():
    out = nd.zeros((2, 3))
    assert nd.random_gamma(alpha=2, out=out) is out and (out.asnumpy() > 0).all()
    assert nd.random.poisson(3, out=out) is out
    assert nd.random.exponential(nd.array([1, 2]), shape=3, out=out) is out
    assert nd.random.uniform(2, 3, out=nd.zeros((4,), dtype="float64")[1:3]).shape == (2,)


def test_mistakes():
    with pytest.raises(ValueError, match="all"):
        nd.random.gamma(nd.ones((2,)), 1)
    with pytest.raises(ValueError, match="numbers"):
        nd.random.normal("0", 1)
    with pytest.raises(ValueError, match="symbols"):
        sym.random.normal(sym.var("x"), 1)
    with pytest.raises(mx.MXNetError, match="alpha: expected a finite number above 0, got -1"):
        nd.random.gamma(-1)
    with pytest.raises(mx.MXNetError, match="k: expected a whole number"):
        nd.random.negative_binomial(2.5, 0.5)
