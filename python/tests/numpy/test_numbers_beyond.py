"""Whole numbers that the array's type cannot hold, beside arrays of whole numbers."""
import gluino as mx
import numpy as np
import pytest

X = np.array([0, 1, 2, 100, 255], np.uint8)


@pytest.mark.parametrize("name", ["hypot", "copysign", "arctan2", "logaddexp"])
@pytest.mark.parametrize("number", [-1, -3, 300])
def test_functions_of_real_numbers_take_them_as_they_are(name, number):
    function, numpys = getattr(mx.np, name), getattr(np, name)
    x, own = mx.np.array(X, dtype=np.uint8), X.astype(np.float32)
    np.testing.assert_allclose(function(x, number).asnumpy(), numpys(own, number), rtol=1e-5)
    np.testing.assert_allclose(function(number, x).asnumpy(), numpys(number, own), rtol=1e-5)


def test_exponents_may_be_negative():
    x = mx.np.array(X, dtype=np.uint8)
    assert mx.np.ldexp(x, -1).asnumpy().tolist() == [0, 0.5, 1, 50, 127.5]
    assert np.signbit(mx.np.copysign(x, -1).asnumpy()).all()


def test_bits_are_those_of_the_number():
    x = mx.np.array(X, dtype=np.uint8)
    for name in ("bitwise_and", "bitwise_or", "bitwise_xor"):
        for number in (-1, -3, 300, 2**40 + 5):
            expected = getattr(np, name)(X.astype(np.int64), number).astype(np.uint8)
            assert np.array_equal(getattr(mx.np, name)(x, number).asnumpy(), expected), name
    whole = mx.np.array([1, -1], dtype=np.int32)
    assert (whole & 2**32 - 2).asnumpy().tolist() == [0, -2]


def test_sums_count_modulo_the_size_of_the_type():
    x = mx.np.array(X, dtype=np.uint8)
    assert (x * 0 - 1).asnumpy().tolist() == [255] * 5


@pytest.mark.parametrize("choose", [
    lambda x: mx.np.where(x > 1, x, -1), lambda x: mx.np.where(x > 1, 300, x),
    lambda x: mx.np.maximum(x, 300), lambda x: mx.np.minimum(-1, x),
    lambda x: mx.np.fmax(300, x), lambda x: mx.np.fmin(x, -1)])
def test_choices_of_them_are_refused(choose):
    with pytest.raises(ValueError, match="(300|-1) does not fit uint8.*astype"):
        choose(mx.np.array(X, dtype=np.uint8))


def test_choices_where_they_are_never_chosen():
    x = mx.np.array(X, dtype=np.uint8)
    for chosen in (mx.np.maximum(x, -1), mx.np.minimum(300, x), mx.np.fmax(x, -1)):
        assert chosen.asnumpy().tolist() == X.tolist()


def test_quotients_with_them_are_refused():
    x = mx.np.array(X, dtype=np.uint8)
    for name in ("floor_divide", "fmod", "gcd", "lcm", "bitwise_left_shift"):
        with pytest.raises(ValueError, match=f"{name}.*-3 does not fit uint8.*astype"):
            getattr(mx.np, name)(x, -3)
    with pytest.raises(ValueError, match="256 does not fit uint8"):
        x // 256
    with pytest.raises(ValueError, match="300 does not fit uint8"):
        300 // x


@pytest.mark.parametrize("face", [mx.np, mx.nd])
def test_ranges_of_numbers_that_float64_cannot_hold(face):
    first = 2**53 + 1
    made = face.arange(first, first + 3, dtype="int64").asnumpy()
    assert made.dtype == np.int64 and made.tolist() == [first, first + 1, first + 2]
    assert face.arange(first, first - 5, -2, dtype="int64").asnumpy().tolist() == [
        first, first - 2, first - 4]


@pytest.mark.parametrize("face", [mx.np, mx.nd])
def test_whole_numbers_that_float64_cannot_hold(face):
    large = 2**53 + 1
    x = face.array([large, large - 1, 0], dtype="int64")
    assert (x == large).asnumpy().tolist() == [1, 0, 0]
    assert (large > x).asnumpy().tolist() == [0, 1, 1]
    assert (x - large).asnumpy().tolist() == [0, -1, -large]
    assert (large - x).asnumpy().tolist() == [0, 1, large]
    x += large
    assert x.asnumpy().tolist() == [2 * large, 2 * large - 1, large]
    assert (x < 2**63).asnumpy().all()
    with pytest.raises((OverflowError, mx.MXNetError), match="2\\*\\*63|too|fit"):
        face.full((1,), 2**63, dtype="int64")
    with pytest.raises(mx.MXNetError, match="does not fit int64"):
        x + 2**63


@pytest.mark.parametrize("face", [mx.np, mx.nd])
def test_numbers_that_an_array_cannot_hold_are_compared(face):
    x = face.array([0, 5, 255], dtype="uint8")
    assert (x > -1).asnumpy().all() and (x < 256).asnumpy().all() and (x != 256).asnumpy().all()
    assert not (x == 256).asnumpy().any() and not (x < -1e300).asnumpy().any()
    with pytest.raises(mx.MXNetError, match="-1 does not fit uint8.*astype"):
        x**-1


def test_fractions_are_compared_as_they_are():
    x = mx.np.array([2**24, 2**24 + 1], dtype="int32")
    assert (x > 2**24 + 0.5).asnumpy().tolist() == [False, True]
