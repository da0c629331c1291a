"""Reductions, against NumPy."""
import numpy as onp
import pytest
from gluino import autograd, np
from gluino.base import MXNetError

from np_support import check_gradient, pair, same

ROWS = onp.array([[[1.5, -2.0, 3.0], [0.5, 4.0, -1.0]], [[2.0, 2.5, -3.5], [1.0, 0.0, 5.0]]])


@pytest.mark.parametrize("name", ["sum", "mean", "prod", "max", "min", "std", "var", "ptp", "any",
                                  "all", "amax", "amin"])
@pytest.mark.parametrize("axis", [None, 0, -1, (0, 2)])
def test_over_axes(name, axis):
    x, theirs = pair(ROWS)
    same(getattr(np, name)(x, axis=axis), getattr(onp, name)(theirs, axis=axis))
    if name != "ptp":
        same(getattr(np, name)(x, axis=axis, keepdims=True),
             getattr(onp, name)(theirs, axis=axis, keepdims=True))


@pytest.mark.parametrize("name", ["sum", "mean", "max", "argmax", "std", "cumsum", "any"])
def test_methods(name):
    x, theirs = pair(ROWS)
    same(getattr(x, name)(), getattr(theirs, name)())
    same(getattr(x, name)(axis=1), getattr(theirs, name)(axis=1))


def test_of_all_give_no_axes():
    x = np.ones((2, 3))
    assert x.sum().shape == () and x.mean().shape == () and x.argmax().shape == ()
    assert np.array(3.0).sum().shape == () and x.sum(axis=()).shape == (2, 3)


def test_types():
    truths, whole = np.array([True, True], dtype=bool), np.array([1, 2], dtype="int32")
    assert truths.sum().dtype == "int64" and truths.sum().item() == 2
    assert whole.sum().dtype == "int32" and whole.mean().dtype == "float32"
    assert whole.sum(dtype="float64").dtype == "float64" and whole.std().dtype == "float32"
    assert truths.max().dtype == onp.bool_ and whole.argmax().dtype == "int64"
    assert np.array([1, 300], dtype="float16").argmax().item() == 1


def test_of_none():
    empty = np.zeros((0, 3))
    assert empty.sum().item() == 0 and empty.sum(axis=0).tolist() == [0, 0, 0]
    assert empty.sum(axis=1).shape == (0,)


@pytest.mark.parametrize("axis", [None, 0, 2])
def test_argmax(axis):
    x, theirs = pair(ROWS)
    for name in ("argmax", "argmin"):
        same(getattr(np, name)(x, axis=axis), getattr(onp, name)(theirs, axis=axis))
    with pytest.raises(ValueError):
        np.zeros((0,)).argmax()


@pytest.mark.parametrize("axis", [None, 0, 1, -1])
def test_cumsum_diff_average(axis):
    x, theirs = pair(ROWS)
    same(np.cumsum(x, axis), onp.cumsum(theirs, axis))
    same(np.average(x, axis), onp.average(theirs, axis))
    if axis is not None:
        same(np.diff(x, axis=axis), onp.diff(theirs, axis=axis))
        weights = onp.arange(1.0, theirs.shape[axis] + 1)
        same(np.average(x, axis, np.array(weights), returned=True),
             onp.average(theirs, axis, weights, returned=True))


def test_counts():
    x = np.array([1, 1, 3], dtype="int32")
    assert np.bincount(x).tolist() == [0, 2, 0, 1]
    assert np.bincount(x, minlength=6).tolist() == [0, 2, 0, 1, 0, 0]
    same(np.bincount(x, np.array([0.5, 1, 2])), [0, 1.5, 0, 2])
    with pytest.raises(ValueError, match="data: expected one axis, got \\(1, 3\\)"):
        np.bincount(x.reshape(1, 3))
    with pytest.raises(ValueError, match="weights: expected the shape of data"):
        np.bincount(x, np.array([0.5, 1]))
    y, theirs = pair([0.1, 0.5, 1.0, 2.9, 3.0, 7.0])
    same(np.histogram(y, bins=3, range=(0, 3)), onp.histogram(theirs, bins=3, range=(0, 3)))
    same(np.histogram(y, bins=np.array([0, 1, 3])), onp.histogram(theirs, bins=[0, 1, 3]))
    assert np.count_nonzero(np.array([0, 2, 3])) == 2


def test_a_wrong_axis_is_refused():
    for wrong in (3, (0, 5)):
        with pytest.raises(Exception, match="axis [35] is out of range"):
            np.ones((2, 3)).sum(axis=wrong)
    with pytest.raises(ValueError):
        np.ones((2, 3)).sum(axis=(0, 0))


@pytest.mark.parametrize("function", [
    lambda x: np.mean(x, axis=0), lambda x: np.std(x), lambda x: np.cumsum(x, 1),
    lambda x: np.max(x, axis=1), lambda x: np.prod(x), lambda x: np.trace(x),
    lambda x: np.diff(x), lambda x: np.var(x, axis=1, ddof=1)])
def test_gradients(function):
    check_gradient(function, [[0.5, 1.5, -2.0], [2.5, 0.7, 1.1]])


def test_the_deviation_of_equal_numbers_has_no_gradient():
    x = np.array([[1.0, 1.0], [1.0, 3.0]])
    x.attach_grad()
    with autograd.record():
        deviation = np.std(x, axis=1)
    deviation.backward()
    assert deviation.tolist() == [0, 1] and x.grad.tolist() == [[0, 0], [-0.5, 0.5]]


def test_of_none_there_is_no_extreme():
    empty = np.zeros((0, 3))
    for wrong in (lambda: empty.max(), lambda: np.min(empty, axis=0), lambda: empty.argmax()):
        with pytest.raises(ValueError):
            wrong()
    assert np.max(empty, axis=1).shape == (0,) and np.argmax(empty, axis=1).shape == (0,)
    assert not empty.any().item() and empty.all().item()


def test_mistakes_are_mxnets_and_numpys():
    for wrong in (lambda: np.ones(2).sum(axis=3), lambda: np.dot(np.ones(2), np.ones(3)),
                  lambda: np.take(np.ones(2), np.array([5])), lambda: np.ones(2).reshape(3)):
        with pytest.raises(MXNetError) as caught:
            wrong()
        assert isinstance(caught.value, (ValueError, IndexError))
