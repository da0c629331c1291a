"""Elements in order, against NumPy."""
import numpy as onp
import pytest
from gluino import autograd, np, npx

from np_support import check_gradient, pair, same

ROWS = [[[3.0, 1.0, 2.0], [9.0, 7.0, 8.0]], [[0.5, 0.5, -1.0], [4.0, 6.0, 5.0]]]


@pytest.mark.parametrize("options", [
    {}, {"left": -7}, {"left": 0, "right": 8.5}, {"period": 2.5}, {"period": -3}])
def test_interp(options):
    x, xp, fp = [[-3, -0.5, 0, 0.3], [1, 2.5, 9, onp.nan]], [-1, 0, 1, 2.9], [2, 5, 1, -1]
    expected = onp.interp(x, xp, fp, **options)
    onp.testing.assert_allclose(np.interp(np.array(x), np.array(xp), np.array(fp), **options).asnumpy(),
                                expected, rtol=1e-5)
    same(np.interp(0.25, np.array(xp), np.array(fp), **options), onp.interp(0.25, xp, fp, **options))
    assert np.interp(np.array(x), np.array(xp), np.array(fp)).dtype == onp.float64
    check_gradient(lambda x, xp, fp: np.interp(x, xp, fp, **options),
                   [-2.8, -0.45, 0.2, 1.2, 9.1], [-1, 0, 1, 2.9], [2, 5, 1, -1])


def test_interp_refuses_points_that_are_none():
    for xp, fp in (([], []), ([1, 2], [1]), ([[1.0]], [[1.0]])):
        with pytest.raises(ValueError):
            np.interp(np.ones(2), np.array(xp), np.array(fp))
    with pytest.raises(ValueError):
        np.interp(np.ones(2), np.ones(2), np.ones(2), period=0)


@pytest.mark.parametrize("axis", [None, 0, 1, -1])
@pytest.mark.parametrize("dtype", ["float32", "float64", "int32", "uint8"])
def test_sort(axis, dtype):
    x, theirs = pair(onp.abs(ROWS), dtype)
    same(np.sort(x, axis=axis), onp.sort(theirs, axis=axis))
    assert np.sort(x).dtype == dtype
    places = np.argsort(x, axis=axis)
    same(places, onp.argsort(theirs, axis=axis, kind="stable"))
    assert places.dtype == "int64"


def test_of_few():
    assert np.sort(np.array([True, False], dtype=bool)).tolist() == [False, True]
    assert np.sort(np.zeros((0, 3))).shape == (0, 3) == np.argsort(np.zeros((0, 3))).shape
    assert np.sort(np.array([onp.nan, 1, -onp.inf]))[:2].tolist() == [-onp.inf, 1]
    for function in (np.sort, np.argsort):
        with pytest.raises(ValueError, match="axis"):
            function(np.array(3.0))
        with pytest.raises(NotImplementedError, match="order"):
            function(np.ones(2), order="field")
    with pytest.raises(TypeError):
        np.sort([2, 1])


def test_msort_is_along_the_first_axis():
    x = onp.array([[3, 1, 2], [1, 5, 0]], dtype="float32")
    same(np.msort(np.array(x)), onp.sort(x, axis=0))
    check_gradient(np.msort, x)


def test_methods():
    x = np.array([3.0, 1.0, 2.0])
    assert x.argsort().tolist() == [1, 2, 0]
    assert x.sort() is None and x.tolist() == [1, 2, 3]


@pytest.mark.parametrize("axis", [None, 0, 1])
def test_unique(axis):
    x, theirs = pair([[2, 1, 2], [2, 1, 2], [0, 3, 3]], "int32")
    ours = np.unique(x, True, True, True, axis=axis)
    expected = onp.unique(theirs, True, True, True, axis=axis)
    for mine, their in zip(ours, expected):
        same(mine.reshape(their.shape), their)
    same(np.unique(x, axis=axis), expected[0])
    assert ours[0].dtype == "int32" and all(part.dtype == "int64" for part in ours[1:])
    assert np.unique(np.zeros((0,))).shape == (0,)


@pytest.mark.parametrize("interpolation", ["linear", "lower", "higher", "midpoint", "nearest"])
@pytest.mark.parametrize("axis", [None, 1, (0, 2)])
def test_shares(interpolation, axis):
    x, theirs = pair(ROWS)
    for q in (30, [0, 45.5, 100]):
        for keepdims in (False, True):
            expected = onp.percentile(theirs, q, axis=axis, keepdims=keepdims, method=interpolation)
            same(np.percentile(x, q, axis=axis, keepdims=keepdims, interpolation=interpolation),
                 expected)
            same(np.quantile(x, np.array(q) / 100 if isinstance(q, list) else q / 100, axis=axis,
                             keepdims=keepdims, interpolation=interpolation), expected)


def test_types_of_shares():
    for dtype, expected in (("float64", "float64"), ("float32", "float32"), ("int64", "float32")):
        assert np.percentile(np.array([1, 2], dtype=dtype), 50).dtype == expected
    out = np.zeros(())
    assert np.quantile(np.array([1.0, 2.0]), 0.5, out=out) is out and out.item() == 1.5
    x = np.array([[1.0, onp.nan, 2.0], [-onp.inf, 1.0, onp.inf]])
    onp.testing.assert_array_equal(
        np.percentile(x, [0, 50, 100], axis=1).asnumpy(),
        [[onp.nan, -onp.inf], [onp.nan, 1], [onp.nan, onp.inf]])
    for wrong in (lambda: np.percentile(x, 101), lambda: np.quantile(x, -0.1),
                  lambda: np.quantile(x, 0.5, interpolation="none"),
                  lambda: np.quantile(x, [[0.5]])):
        with pytest.raises(ValueError):
            wrong()


@pytest.mark.parametrize("axis", [None, 0, (0, 1)])
def test_median(axis):
    x, theirs = pair(ROWS)
    same(np.median(x, axis=axis), onp.median(theirs, axis=axis))
    same(np.median(x, axis=axis, keepdims=True), onp.median(theirs, axis=axis, keepdims=True))
    assert onp.isnan(np.median(np.zeros((0, 2))).item())


def test_gradients():
    numbers = [[0.5, 1.5, -2.0], [2.5, 0.7, 1.1]]
    check_gradient(lambda x: np.sort(x, axis=0), numbers)
    check_gradient(lambda x: np.percentile(x, [20, 70], axis=1), numbers)
    x = np.array([2.0, 1.0, 2.0])
    x.attach_grad()
    with autograd.record():
        y = (np.unique(x) * np.array([10.0, 1.0])).sum()
    y.backward()
    assert x.grad.tolist() == [1, 10, 0]


def test_the_largest():
    x = np.array([[3.0, 1.0, 2.0], [7.0, 9.0, 8.0]])
    assert npx.topk(x, k=2).tolist() == [[0, 2], [1, 2]]
    values, places = npx.topk(x, k=2, ret_typ="both", is_ascend=True)
    assert values.tolist() == [[1, 2], [7, 8]] and places.tolist() == [[1, 2], [0, 2]]
    assert npx.topk(x, axis=0, ret_typ="mask").tolist() == [[0, 0, 0], [1, 1, 1]]
