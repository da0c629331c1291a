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


def test_numbers_of_float16_are_those_of_mxnet():
    """Drawn in double, but for the gamma distribution and whole numbers."""
    ends = nd.array([2, 0.5]), nd.array([4, 1])
    for draw, expected in [
            (lambda **o: nd.random.uniform(-1, 1, 3, **o), [-0.8901367, 0.1890869, 0.3806152]),
            (lambda **o: nd.random.normal(shape=3, **o), [0.1278076, -0.0297852, -2.1347656]),
            (lambda **o: nd.random.exponential(2, shape=3, **o), [0.1131592, 1.8056641, 2.34375]),
            (lambda **o: nd.random.uniform(*ends, **o), [2.109375, 0.7973633]),
            (lambda **o: nd.random.normal(*ends, **o), [2.5117188, 0.4702148])]:
        mx.random.seed(1)
        drawn = draw(dtype="float16")
        assert drawn.dtype is np.float16 and np.allclose(drawn.asnumpy(), expected, atol=1e-7)


def test_other_distributions_draw_what_mxnet_does():
    mx.random.seed(1)
    assert np.allclose(nd.random.exponential(2, shape=(3,)).asnumpy(),
                       [1.4839747, 0.1131696, 0.0815668], atol=1e-6)
    mx.random.seed(1)
    assert nd.random.multinomial(nd.array([0, 0.3, 0.7]), shape=6).asnumpy().tolist() == [
        2, 1, 1, 2, 1, 2]


def test_whole_numbers():
    drawn = nd.random.randint(-3, 3, shape=(1000,))
    assert drawn.dtype is np.int32 and sorted(set(drawn.asnumpy())) == [-3, -2, -1, 0, 1, 2]
    large = nd.random.randint(2 ** 33, 2 ** 34, shape=5, dtype="int64").asnumpy()
    assert (large >= 2 ** 33).all() and (large < 2 ** 34).all()
    out = nd.zeros((3,), dtype="int32")
    assert nd.random_randint(5, 6, out=out) is out and out.asnumpy().tolist() == [5, 5, 5]
    for wrong in (dict(high=3, dtype="float32"), dict(high=3.5), dict(high=0)):
        with pytest.raises(mx.MXNetError, match="randint"):
            nd.random.randint(0, **wrong)


def test_places_by_chance():
    chances = nd.array([[0, 0.25, 0.75], [1, 0, 0]])
    assert nd.random.multinomial(chances[1]).asnumpy().tolist() == [0]
    drawn = nd.random.multinomial(chances, shape=(2, 500))
    assert drawn.shape == (2, 2, 500) and drawn.dtype is np.int32
    assert abs(drawn[0].astype("float32").mean().asscalar() - 1.75) < 0.1
    assert (drawn[1].asnumpy() == 0).all()
    chances = nd.array([0.5, 0.5])
    chances.attach_grad()
    with mx.autograd.record():
        places, logs = nd.sample_multinomial(chances, shape=4, get_prob=True)
        logs.sum().backward()
    counts = np.bincount(places.asnumpy(), minlength=2)
    assert np.allclose(logs.asnumpy(), np.log(0.5)) and np.allclose(chances.grad.asnumpy(),
                                                                    2 * counts)
    assert nd.random.multinomial(chances, dtype="int64").dtype is np.int64
    with pytest.raises(mx.MXNetError, match="at least 0"):
        nd.random.multinomial(nd.array([-1, 2]))
    with pytest.raises(mx.MXNetError, match="expected finite chances, got a sum of inf"):
        nd.random.multinomial(nd.array([np.inf, 1]))
    with pytest.raises(mx.MXNetError, match="above 0, got 0 for all of 2"):
        nd.random.multinomial(nd.array([[1, 0], [0, 0]]))


# What MXNet 1.9.1 drew: the chances are laid end to end, and what lies behind 1 is never drawn.
def test_chances_that_add_up_to_more_than_one():
    mx.random.seed(3)
    places, logs = nd.sample_multinomial(nd.array([[0.5, 0.7, 0.5]]), shape=12, get_prob=True)
    expected = [1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0]
    assert places.asnumpy().tolist() == [expected]
    assert np.allclose(logs.asnumpy(), np.log(np.where(expected, 0.7, 0.5)))
    assert (nd.random.multinomial(nd.array([2, 3]), shape=100).asnumpy() == 0).all()
    assert (nd.random.multinomial(nd.array([0, 2, 2]), shape=100).asnumpy() == 1).all()
    drawn = nd.random.multinomial(nd.array([0.25] * 8), shape=4000).asnumpy()
    assert np.allclose(np.bincount(drawn, minlength=8) / 4000, [0.25] * 4 + [0] * 4, atol=0.04)


def test_in_the_shape_of_others():
    like = nd.zeros((2, 300), dtype="float64")
    for draw, mean in ((nd.random.uniform_like, 0.5), (nd.random.normal_like, 0),
                       (nd.random.exponential_like, 1)):
        drawn = draw(like)
        assert drawn.shape == like.shape and drawn.dtype is np.float64
        assert abs(drawn.mean().asscalar() - mean) < 0.2
    first, second = nd.array([1, 100]), nd.array([2, 200])
    assert nd.sample_uniform(first, second).shape == (2,)
    assert nd.sample_normal(first, sigma=second, shape=3).shape == (2, 3)
    means = nd.sample_exponential(first, shape=(2000,)).mean(axis=1).asnumpy()
    assert np.allclose(means * [1, 100], 1, atol=0.2)
    assert nd.random.exponential(first, shape=3).shape == (2, 3)


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
