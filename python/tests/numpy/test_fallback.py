"""What NumPy computes on our arrays: it reads their elements where they lie."""
import warnings

import numpy as onp
import pytest
from gluino import gluon, np

from np_support import same

X = onp.random.RandomState(3).uniform(-1, 1, (5, 7)).astype("float32")


@pytest.mark.parametrize("dtype", ["float32", "float64", "float16", "int64", "uint8", "bool"])
def test_all_types_and_shapes_are_read(dtype):
    for theirs in (X, X[:0], X[2, 3], X[:, :1]):
        theirs = onp.array(theirs * 3).astype(dtype)
        ours = np.array(theirs, dtype=dtype)
        same(np.isclose(ours, ours), onp.isclose(theirs, theirs))
        assert np.array_equal(ours, ours) and not np.array_equal(ours, np.array([1.5, 2]))
        if dtype.startswith("float"):
            same(np.signbit(ours), onp.signbit(theirs))


def test_results_are_arrays_of_their_own():
    ours = np.array(X)
    for result in (np.real(ours), np.select([ours == ours], [ours]), np.trim_zeros(ours[0])):
        result[:] = 9
        same(ours, X)


def test_what_a_caller_writes_goes_into_a_copy():
    def cleared(row):
        row[...] = 0
        return row

    ours = np.array(X)
    same(np.apply_along_axis(cleared, 0, ours), onp.zeros_like(X))
    same(np.nanmedian(ours, overwrite_input=True), onp.median(X))
    same(np.nanpercentile(ours, 30, overwrite_input=True), onp.percentile(X, 30))
    same(ours, X)


def test_names_of_mxnet2_that_numpy_computes():
    x = onp.array([[1, onp.nan, 3], [2, 5, 4]], dtype="float32")
    same(np.cumprod(np.array(X), axis=1), onp.cumprod(X, axis=1))
    same(np.nanstd(np.array(x), axis=0), onp.nanstd(x, axis=0))
    same(np.nanvar(np.array(x), axis=1), onp.nanvar(x, axis=1))


def test_least_squares_take_the_word_of_mxnet():
    a, b = onp.array([[1., 2], [2, 4], [3, 6.5]]), onp.array([1., 0, 2])
    theirs = onp.linalg.lstsq(a, b, rcond=None)
    for word in ({}, {"rcond": "warn"}, {"rcond": None}):
        for ours, other in zip(np.linalg.lstsq(np.array(a), np.array(b), **word), theirs):
            onp.testing.assert_allclose(onp.asarray(ours), other, rtol=1e-12)


class ByTheLargest(gluon.HybridBlock):
    def forward(self, x):
        return x * np.nanmax(x)


def test_a_block_that_asks_numpy_is_no_graph():
    block = ByTheLargest()
    block.hybridize()
    for numbers in ([1, 2], [1, 3], [5, 3]):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that it cannot become a graph
            same(block(np.array(numbers)), onp.array(numbers) * max(numbers))


def test_a_buffer_of_a_traced_array_is_a_read():
    class Seen(gluon.HybridBlock):
        def forward(self, x):
            return x + memoryview(x)[0]

    block = Seen()
    block.hybridize()
    for numbers in ([1, 2], [7, 3]):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            same(block(np.array(numbers)), onp.array(numbers) + numbers[0])
