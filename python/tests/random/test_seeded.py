"""Random numbers of mx.nd.random and mx.random, and the seed that governs them."""
import gluino as mx
import numpy as np
import pytest
from gluino import nd

# What MXNet 1.9.1 draws on a processor for the seed 128.
UNIFORM = [0.03812965, 0.3023059, 0.15283982]
NORMAL = [0.47400656, 0.2025154, 1.36481571]


@pytest.mark.parametrize("draw", [
    lambda: nd.random.uniform(shape=(5,)), lambda: nd.random.normal(shape=(5,)),
    lambda: mx.random.uniform(-1, 3, (2, 2)), lambda: nd.random.randn(4),
    lambda: nd.random.shuffle(nd.arange(9)), lambda: nd.random_uniform(low=0, high=1, shape=(3,)),
    lambda: nd.random_normal(shape=(3,))])
def test_the_seed_repeats_them(draw):
    mx.random.seed(3)
    first, second = draw().asnumpy(), draw().asnumpy()
    mx.random.seed(3)
    assert np.array_equal(draw().asnumpy(), first)
    assert np.array_equal(draw().asnumpy(), second)
    assert not np.array_equal(first, second)


def test_numbers_are_those_of_mxnet():
    mx.random.seed(128)
    assert np.allclose(nd.random.uniform(shape=(3,)).asnumpy(), UNIFORM, atol=1e-6)
    mx.random.seed(128)
    assert np.allclose(nd.random.normal(shape=(3,)).asnumpy(), NORMAL, atol=1e-5)


def test_shapes_and_types():
    assert nd.random.uniform().shape == nd.random.normal().shape == (1,)
    assert nd.random.randn(2, 3).shape == (2, 3)
    assert nd.random.uniform(shape=3).shape == (3,)
    assert nd.random.uniform(shape=(2,), dtype="float64").dtype is np.float64
    assert nd.random.uniform(shape=(2,), ctx=mx.cpu(1)).context == mx.cpu(1)
    each = nd.random.uniform(nd.array([0, 10]), nd.array([1, 11]), shape=3)
    assert each.shape == (2, 3) and each[1].min().asscalar() >= 10
    out = nd.zeros((100,))
    assert nd.random.uniform(2, 3, out=out) is out
    assert 2 <= out.min().asscalar() and out.max().asscalar() < 3
    with pytest.raises((ValueError, AssertionError)):
        nd.random.uniform(nd.array([0, 10]), 1)


def test_distributions():
    mx.random.seed(1)
    many = nd.random.normal(3, 2, shape=(20000,)).asnumpy()
    assert abs(many.mean() - 3) < 0.1 and abs(many.std() - 2) < 0.1
    many = nd.random.uniform(-1, 3, shape=(20000,)).asnumpy()
    assert abs(many.mean() - 1) < 0.1 and many.min() >= -1 and many.max() < 3
    rows = nd.random.shuffle(nd.arange(20).reshape((10, 2))).asnumpy()
    assert sorted(map(tuple, rows.tolist())) == [(2 * i, 2 * i + 1) for i in range(10)]


def test_mistakes():
    with pytest.raises(ValueError):
        mx.random.seed("a")
    with pytest.raises(mx.MXNetError):
        nd.random.normal(0, -1, shape=(2,))
