"""Shapes that are none: NumPy's errors, and MXNet's, in the place of other shapes."""
import numpy as onp
import pytest

from gluino import np, sym
from gluino.base import MXNetError

MAKERS = [np.zeros, np.ones, np.empty, lambda shape: np.full(shape, 1),
          lambda shape: np.random.uniform(size=shape), lambda shape: np.random.randint(3, size=shape)]


@pytest.mark.parametrize("make", MAKERS)
def test_sizes_are_whole_numbers(make):
    for shape in ("a", ("3",), (2.5,), (None,), 2.5):
        with pytest.raises(TypeError, match="expected a shape of whole numbers"):
            make(shape)
    for shape in ((2, onp.int64(3)), [2, 3], onp.array([2, 3]), (np.array(2), 3)):
        assert make(shape).shape == (2, 3)
    assert make(2).shape == make((2.0,)).shape == (2,)


@pytest.mark.parametrize("make", [*MAKERS, np.eye, np.identity])
def test_sizes_are_at_least_0(make):
    with pytest.raises(ValueError, match=r"sizes of at least 0, got shape \(-2"):
        make(-2)
    assert make(0).size == 0


@pytest.mark.parametrize("wrong", [
    lambda: np.linspace(0, 1, 2.5), lambda: np.logspace(0, 1, 2.5), lambda: np.eye(2.5),
    lambda: np.hanning(2.5), lambda: np.zeros((2.5,)), lambda: np.reshape(np.ones(2), 2.5),
    lambda: np.ones(2).reshape(1.5, -1), lambda: np.repeat(np.ones(2), 2.5),
    lambda: np.repeat(np.ones(2), [1, 1.5]), lambda: np.delete(np.ones(2), 1.5),
    lambda: np.insert(np.ones(2), 0.5, 1), lambda: np.linspace(0, 1, float("inf")),
    lambda: np.eye(3, k=0.5), lambda: np.tri(3, k=0.5), lambda: np.tile(np.ones(2), (1.5,)),
    lambda: np.random.choice(2.5, 2),
    lambda: np.split(np.ones(4), np.array([1.5])), lambda: np.random.permutation(2.5),
    lambda: np.random.multinomial(2.5, [0.5, 0.5]), lambda: sym.np.delete(sym.np.zeros(2), 1.5),
    lambda: np.unravel_index(np.array([1], dtype="int64"), (2.5, 2)),
    lambda: np.histogram(np.ones(2), bins=2.5, range=(0, 1))])
@pytest.mark.parametrize("kind", [TypeError, MXNetError])
def test_fractions_are_no_sizes_and_places(wrong, kind):
    with pytest.raises(kind, match="whole number"):
        wrong()


def test_whole_numbers_of_all_kinds_are():
    for two in (2, 2.0, onp.int32(2), onp.float64(2), np.array(2)):
        assert np.linspace(0, 1, two).shape == (2,)
        assert np.repeat(np.ones(3), two).shape == (6,)
        assert np.ones((2, 3)).reshape(two, -1).shape == (2, 3)


def test_bounds_that_cross_are_the_upper_one():
    x = onp.array([0.0, 1.5, 3.0], dtype="float32")
    for low, high in ((2, 1), (1, 2), (1, 1)):
        onp.testing.assert_array_equal(np.clip(np.array(x), low, high).asnumpy(),
                                       onp.clip(x, low, high))
