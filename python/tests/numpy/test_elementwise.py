"""Functions of each element, against NumPy."""
import numpy as onp
import pytest
from gluino import autograd, np

from np_support import check_gradient, pair, same

ANY = ["exp", "expm1", "sin", "cos", "tan", "sinh", "cosh", "tanh", "arctan", "arcsinh", "cbrt",
       "degrees", "radians", "rad2deg", "deg2rad", "floor", "ceil", "trunc", "rint", "sign",
       "abs", "absolute", "fabs", "negative", "square", "isnan", "isinf", "isfinite",
       "logical_not"]
ABOVE_ONE = ["sqrt", "log", "log2", "log10", "log1p", "reciprocal", "arccosh"]
WITHIN_ONE = ["arcsin", "arccos", "arctanh"]
ROW = [[-2.5, -1.0, -0.3], [0.4, 1.5, 2.5]]


@pytest.mark.parametrize("name", ANY)
def test_of_any_number(name):
    x, theirs = pair(ROW)
    same(getattr(np, name)(x), getattr(onp, name)(theirs))
    same(getattr(np, name)(x[0, 0]), getattr(onp, name)(theirs[0, 0]))


@pytest.mark.parametrize("name", ABOVE_ONE)
def test_of_large_numbers(name):
    x, theirs = pair([[1.1, 2.0], [3.5, 9.0]])
    same(getattr(np, name)(x), getattr(onp, name)(theirs))


@pytest.mark.parametrize("name", WITHIN_ONE)
def test_of_small_numbers(name):
    x, theirs = pair([-0.9, -0.2, 0.0, 0.7])
    same(getattr(np, name)(x), getattr(onp, name)(theirs))


@pytest.mark.parametrize("name", ["exp", "sqrt", "sin", "log1p"])
def test_of_whole_numbers_in_float32(name):
    x, theirs = pair([1, 2, 3], "int32")
    result = getattr(np, name)(x)
    assert result.dtype == "float32"
    same(result, getattr(onp, name)(theirs.astype("float32")))


def test_whole_numbers_stay_whole():
    x = np.array([-2, 3], dtype="int32")
    for name in ("floor", "abs", "negative", "sign", "square", "rint"):
        assert getattr(np, name)(x).dtype == "int32", name
    assert np.sign(x).tolist() == [-1, 1]


def test_of_numbers_are_numpys():
    assert np.exp(0) == 1.0 and np.maximum(1, 2) == 2 and np.sqrt(4.0) == 2.0


@pytest.mark.parametrize("decimals", [-1, 0, 1, 2])
def test_round_takes_halves_to_even(decimals):
    x, theirs = pair([0.5, 1.5, 2.5, -0.5, -1.5, 12.345, 1e20, float("inf")], "float64")
    same(np.around(x, decimals), onp.around(theirs, decimals))


def test_nan_and_infinities():
    x, theirs = pair([1, onp.nan, onp.inf, -onp.inf])
    for name in ("isnan", "isinf", "isfinite", "isposinf", "isneginf", "nan_to_num"):
        same(getattr(np, name)(x), getattr(onp, name)(theirs))
    same(np.nan_to_num(x, nan=1, posinf=2, neginf=3), [1, 1, 2, 3])


BINARY = ["add", "subtract", "multiply", "divide", "true_divide", "mod", "remainder", "maximum",
          "minimum", "hypot", "arctan2", "copysign", "fmax", "fmin", "fmod", "logaddexp", "equal",
          "not_equal", "less", "less_equal", "greater", "greater_equal", "logical_and",
          "logical_or", "logical_xor", "floor_divide"]


@pytest.mark.parametrize("name", BINARY)
def test_of_two_arrays(name):
    a, their_a = pair([[-3.0, 1.0, 2.5], [0.5, -1.5, 4.0]])
    b, their_b = pair([2.0, -1.5, 3.0])
    ours, theirs = getattr(np, name), getattr(onp, name)
    same(ours(a, b), theirs(their_a, their_b))
    same(ours(b, a), theirs(their_b, their_a))
    same(ours(a, 2), theirs(their_a, 2))
    same(ours(2, a), theirs(2, their_a))
    same(ours(a[0, 0], b), theirs(their_a[0, 0], their_b))


def test_power_and_ldexp():
    a, their_a = pair([1.5, 2.0, 3.0])
    same(np.power(a, 2), their_a ** 2)
    same(np.power(2, a), 2 ** their_a)
    same(np.ldexp(a, np.array([1, 2, 3])), onp.ldexp(their_a, [1, 2, 3]))


@pytest.mark.parametrize("dtype, power", [("float32", 200), ("float64", 1500)])
def test_ldexp_beyond_what_the_power_alone_can_be(dtype, power):
    tiny = onp.array([1.5, 0, 1, -1.25, onp.nan], dtype) * onp.array(2.0 ** -100, dtype)
    steps = onp.array([power, power, -power, -30, 3])
    ours = np.ldexp(np.array(tiny, dtype=dtype), np.array(steps))
    assert onp.array_equal(ours.asnumpy(), onp.ldexp(tiny, steps), equal_nan=True)
    # Beside a power that is not whole.
    ours = np.ldexp(np.array(tiny, dtype=dtype), np.array([power, 0.5, 0, 0, 0], dtype=dtype))
    assert ours[0].item() == onp.ldexp(tiny, steps)[0]
    x, p = np.array(tiny[:1], dtype=dtype), np.array(steps[:1], dtype=dtype)
    p.attach_grad()
    with autograd.record():
        y = np.ldexp(x, p)
    y.backward()
    assert onp.allclose(p.grad.asnumpy(), y.asnumpy() * onp.log(2), rtol=1e-5)


@pytest.mark.parametrize("name", ["fmax", "fmin"])
def test_a_number_beside_nan(name):
    a, their_a = pair([1.0, onp.nan, 3.0, onp.nan, -onp.inf])
    b, their_b = pair([2.0, 5.0, onp.nan, onp.nan, 0.0])
    same(getattr(np, name)(a, b), getattr(onp, name)(their_a, their_b))
    a.attach_grad()
    b.attach_grad()
    with autograd.record():
        y = getattr(np, name)(a, b)
    y.backward()
    chosen = [0, 0, 1, 0, 0] if name == "fmax" else [1, 0, 1, 0, 1]
    assert a.grad.asnumpy().tolist() == chosen
    assert b.grad.asnumpy().tolist() == [1 - one for one in chosen]


def test_arctan2_of_all_directions():
    y, their_y = pair([0.0, 1.0, 0.0, -1.0, 1, -1, -0.0, 0.0, 1e-8, -1e-8])
    x, their_x = pair([1.0, 0.0, -1.0, 0.0, -1, -1, -1.0, 0.0, -5.0, -5.0])
    same(np.arctan2(y, x), onp.arctan2(their_y, their_x))


def test_clip():
    x, theirs = pair([-2, 0.5, 3])
    same(np.clip(x, -1, 1), onp.clip(theirs, -1, 1))
    same(np.clip(x, None, 1), onp.clip(theirs, None, 1))
    same(x.clip(0), onp.clip(theirs, 0, None))
    same(np.clip(x, np.array([0, 1, 2]), 2.5), onp.clip(theirs, [0, 1, 2], 2.5))
    with pytest.raises(ValueError):
        np.clip(x, None, None)


def test_where_broadcasts():
    x, theirs = pair([[1.0, -2.0], [-3.0, 4.0]])
    same(np.where(x > 0, x, 0), onp.where(theirs > 0, theirs, 0))
    same(np.where(x > 0, 1.0, 0.0), onp.where(theirs > 0, 1.0, 0.0))
    same(np.where(x[0] > 0, x, np.array(9)), onp.where(theirs[0] > 0, theirs, 9))
    same(np.where(x > 0), onp.where(theirs > 0))
    assert np.where(np.array(1), np.array(2), np.array(3)).shape == ()


def test_out_is_written_and_given():
    x, out = np.ones(2), np.zeros(2)
    assert np.exp(x, out=out) is out and onp.allclose(out.asnumpy(), onp.e)
    assert np.add(x, 1, out=(out,)) is out and out.tolist() == [2, 2]
    for wrong in (np.zeros(3), np.zeros(2, dtype="int32")):
        with pytest.raises(Exception, match="out has"):
            np.exp(x, out=wrong)


def test_numpys_options_are_told_apart():
    x = np.ones(2)
    np.exp(x, where=True)
    with pytest.raises(NotImplementedError):
        np.exp(x, where=False)
    with pytest.raises(TypeError):
        np.exp(x, foo=1)
    with pytest.raises(TypeError):
        np.exp([1, 2])


@pytest.mark.parametrize("name", ["exp", "sin", "tanh", "sqrt", "log", "arctan", "square", "cbrt"])
def test_gradients_of_one(name):
    check_gradient(getattr(np, name), [0.5, 1.5, 2.5])


@pytest.mark.parametrize("name", ["add", "multiply", "divide", "hypot", "arctan2", "power",
                                  "maximum", "logaddexp", "copysign"])
def test_gradients_of_two(name):
    check_gradient(getattr(np, name), [[0.5, 1.5], [2.5, 0.7]], [1.2, 0.4])


@pytest.mark.parametrize("name", ["negative", "sin", "floor", "isnan"])
def test_options_of_numpys_that_nobody_has(name):
    x = np.ones((2,))
    for options in ({"where": False}, {"subok": False}, {"order": "C"}, {"casting": "safe"}):
        with pytest.raises(NotImplementedError):
            getattr(np, name)(x, **options)
    with pytest.raises(TypeError):
        getattr(np, name)(x, nothing=1)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_quotients_cut_off_are_numpys(dtype):
    random = onp.random.RandomState(0)
    special = [2, -2, 1, -1, -1, 3, -3, 1e20, 0, onp.inf, onp.nan], [
        .1, .1, onp.inf, onp.inf, -onp.inf, 0, 0, 3, 2, 2, 1]
    a = onp.concatenate([special[0], random.randn(500) * 9, onp.arange(-99., 99)]).astype(dtype)
    b = onp.concatenate([special[1], random.randn(500), onp.full(198, .1)]).astype(dtype)
    with onp.errstate(all="ignore"):
        expected = onp.floor_divide(a, b)
    found = np.floor_divide(np.array(a, dtype=dtype), np.array(b, dtype=dtype)).asnumpy()
    onp.testing.assert_array_equal(found, expected)


def test_logaddexp_of_equal_and_of_infinite_numbers():
    a = np.array([1.0, 0.0, -onp.inf, onp.inf, 1000.0, onp.nan])
    b = np.array([1.0, 0.0, -onp.inf, onp.inf, -1000.0, 1.0])
    onp.testing.assert_allclose(np.logaddexp(a, b).asnumpy(),
                                onp.logaddexp(a.asnumpy(), b.asnumpy()), rtol=1e-6)
    a, b = np.array([1.0, 3.0]), np.array([1.0, 1.0])
    for x in (a, b):
        x.attach_grad()
    with autograd.record():
        np.logaddexp(a, b).backward()
    part = 1 / (1 + onp.exp(-2.0))
    onp.testing.assert_allclose(a.grad.asnumpy(), [0.5, part], rtol=1e-6)
    onp.testing.assert_allclose(b.grad.asnumpy(), [0.5, 1 - part], rtol=1e-5)
