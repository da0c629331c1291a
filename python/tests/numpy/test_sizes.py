"""Shapes that are none: NumPy's errors, and MXNet's, in the place of other shapes."""
import numpy as onp
import pytest

from gluino import np

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
