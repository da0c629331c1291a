"""Draws, all of one seed."""
import gluino as mx
import numpy as onp
import pytest
from gluino import np, npx


def test_mxnets_numbers():
    np.random.seed(0)
    assert onp.allclose(np.random.uniform(size=3).asnumpy(), [0.5488135, 0.5928446, 0.71518934])
    mx.random.seed(0)
    assert onp.isclose(np.random.uniform().item(), 0.5488135)


@pytest.mark.parametrize("draw", [
    lambda: np.random.uniform(0, 1, 5), lambda: np.random.normal(size=5),
    lambda: np.random.randint(0, 10, 5), lambda: np.random.permutation(5),
    lambda: np.random.choice(5, 3, replace=False), lambda: np.random.exponential(size=3)])
def test_a_seed_repeats(draw):
    np.random.seed(3)
    first = draw().tolist()
    npx.random.seed(3)
    assert draw().tolist() == first


def test_shapes_and_types():
    assert np.random.uniform().shape == () and np.random.rand(2, 3).shape == (2, 3)
    assert np.random.randn(2).dtype == "float32" and np.random.randint(5).dtype == "int64"
    assert np.random.normal(np.zeros((2, 1)), np.ones(3)).shape == (2, 3)
    assert np.random.uniform(np.zeros(2), 1, size=(4, 2)).shape == (4, 2)
    assert np.random.uniform(size=2, dtype="float64").dtype == "float64"
    assert npx.random.normal_n(np.zeros(2), 1, (3,)).shape == (3, 2)
    assert np.random.choice(np.arange(5), (2, 2)).shape == (2, 2)
    assert np.random.multinomial(10, [0.5, 0.5]).sum().item() == 10
    assert np.random.multinomial(10, [0.5, 0.5], size=(2, 3)).shape == (2, 3, 2)


@pytest.mark.parametrize("name, args, mean", [
    ("exponential", (2.0,), 2.0), ("gumbel", (1.0, 1.0), 1.5772), ("logistic", (1.0, 1.0), 1.0),
    ("laplace", (1.0, 1.0), 1.0), ("rayleigh", (1.0,), 1.2533), ("weibull", (2.0,), 0.8862),
    ("pareto", (3.0,), 0.5), ("power", (3.0,), 0.75), ("lognormal", (0.0, 0.5), 1.1331),
    ("uniform", (2.0, 4.0), 3.0), ("normal", (2.0, 1.0), 2.0)])
def test_means(name, args, mean):
    np.random.seed(1)
    assert abs(getattr(np.random, name)(*args, size=20000).mean().item() - mean) < 0.04


def test_whole_numbers_fill_their_range():
    drawn = np.random.randint(2, 5, 300)
    assert set(drawn.tolist()) == {2, 3, 4}
    for wrong in ((5, 5), (5, 2)):
        with pytest.raises(ValueError):
            np.random.randint(*wrong)


def test_chances():
    np.random.seed(0)
    drawn = np.random.choice(3, 3000, p=np.array([0.2, 0.0, 0.8])).asnumpy()
    assert set(drawn) == {0, 2} and abs((drawn == 2).mean() - 0.8) < 0.05
    assert abs(npx.random.bernoulli(0.3, size=5000).mean().item() - 0.3) < 0.05
    with pytest.raises(ValueError):
        np.random.choice(3, 2, p=np.array([0.5, 0.1, 0.1]))
    with pytest.raises(ValueError):
        np.random.choice(3, 5, replace=False)
    with pytest.raises(ValueError):
        npx.random.bernoulli()


def test_orders():
    x = np.arange(10).reshape(5, 2)
    np.random.shuffle(x)
    assert sorted(x[:, 0].tolist()) == [0, 2, 4, 6, 8] and (x[:, 1] - x[:, 0] == 1).all()
    assert sorted(np.random.permutation(6).tolist()) == list(range(6))
    assert sorted(np.random.choice(6, 6, replace=False).tolist()) == list(range(6))


def test_what_lacks_an_operator_says_so():
    for name in ("gamma", "beta", "chisquare"):
        with pytest.raises(NotImplementedError, match=name):
            getattr(np.random, name)(1.0)


def test_chances_without_repetition():
    p = np.array([0.5, 0.0, 0.25, 0.25])
    firsts = []
    for _ in range(300):
        drawn = np.random.choice(4, 3, replace=False, p=p).tolist()
        assert sorted(drawn) == [0, 2, 3]
        firsts.append(drawn[0])
    assert abs(firsts.count(0) / 300 - 0.5) < 0.12
    with pytest.raises(ValueError):
        np.random.choice(4, 4, replace=False, p=p)
