"""Comparisons: what passes, what does not, and what is then said."""
import numpy as np
import pytest

import gluino as mx
from gluino import test_utils as tu


def test_star_import_gives_what_programs_use():
    names = {}
    exec("from gluino.test_utils import *", names)  # pylint: disable=exec-used
    for name in ("mx", "np", "npt", "rnd", "array", "sys", "logging", "assert_almost_equal",
                 "default_context", "check_numeric_gradient", "environment", "use_np"):
        assert name in names, name
    assert names["mx"] is mx and names["array"] is mx.nd.array


@pytest.mark.parametrize("name", """
    DummyIter almost_equal assert_allclose assert_almost_equal assert_exception check_consistency
    check_speed compare_optimizer default_numeric_eps default_rtols discard_stderr download
    gen_buckets_probs_with_ppf get_mnist get_mnist_iterator get_mnist_ubyte list_gpus np_reduce
    rand_ndarray rand_shape_nd random_arrays random_sample same set_default_context
    verify_generator""".split())
def test_what_users_call_most_is_there(name):
    assert callable(getattr(tu, name))


def test_tolerances_follow_the_less_exact_type():
    half, single, double = (np.ones(2, t) for t in ("float16", "float32", "float64"))
    assert tu.get_tols(single, double, None, None) == (1e-4, 1e-3)
    assert tu.get_tols(single, mx.nd.array(half, dtype="float16"), None, None) == (1e-2, 1e-1)
    assert tu.get_tols(single, half, 0.5, {np.dtype("float32"): 3}) == (0.5, 3)
    assert tu.get_tols(np.ones(2, "int32"), np.ones(2, "int64"), None, None) == (0, 0)
    assert tu.default_numeric_eps()[np.dtype("float32")] == 1 / 512
    assert (tu.get_rtol(), tu.get_atol(), tu.get_etol()) == (1e-5, 1e-20, 0)


def test_almost_equal():
    a = np.ones((2, 3), "float32")
    tu.assert_almost_equal(a, a + 5e-4)
    tu.assert_almost_equal(mx.nd.array(a), a)
    tu.assert_almost_equal(a, a[0])
    tu.assert_almost_equal(1.0, 1.0 + 1e-6)
    tu.assert_almost_equal([1, 2], mx.nd.array([1, 2]))
    tu.assert_almost_equal(np.array([np.inf, -np.inf]), np.array([np.inf, -np.inf]))
    tu.assert_almost_equal(a * np.nan, a * np.nan, equal_nan=True)
    tu.assert_almost_equal_ignore_nan(np.array([np.nan, 1]), np.array([1, 1.0]))
    assert tu.almost_equal(a, a + 5e-4) and not tu.almost_equal(a, a + 5e-4, atol=1e-5)
    assert tu.same(a, mx.nd.array(a)) and not tu.same(a, a[0])


def test_what_differs_is_said():
    a = np.ones((2, 3), "float32")
    b = a.copy()
    b[1, 2], b[0, 0] = 3, 2
    with pytest.raises(AssertionError) as caught:
        tu.assert_almost_equal(a, b, names=("ours", "theirs"))
    text = str(caught.value)
    assert "Error 1538.46" in text and "rtol=1.000000e-04, atol=1.000000e-03" in text
    assert "(mismatch 33.333333%)" in text
    assert "maximum error: (1, 2), ours=1.00000000, theirs=3.00000000" in text
    assert text.index("(1, 2)") < text.index("(0, 0)")
    tu.assert_almost_equal_with_err(a, b, etol=0.5)
    for kwargs in ({"etol": 0.1}, {}):
        with pytest.raises(AssertionError):
            tu.assert_almost_equal_with_err(a, b, **kwargs)
    for other in (b, a * np.nan, a * np.inf):
        with pytest.raises(AssertionError):
            tu.assert_almost_equal(a, other)
    with pytest.raises(AssertionError, match=r"\(2, 3\).*\(3,\)"):
        tu.assert_almost_equal(a, a[0], use_broadcast=False)
    with pytest.raises(AssertionError):
        tu.assert_allclose(a, a + 1e-6)


def test_tuples_and_memory():
    one = (mx.nd.ones(2), (None, mx.nd.ones(2)))
    tu.compare_ndarray_tuple(one, one)
    with pytest.raises(AssertionError):
        tu.compare_ndarray_tuple(one, (mx.nd.ones(2), (None, mx.nd.zeros(2))))
    a = mx.nd.ones((2, 2))
    assert tu.same_array(a, a[:]) and not tu.same_array(a, a.copy())
    assert a.asnumpy().tolist() == [[1, 1], [1, 1]]
