"""The functions of the table, mx.np's and mx.sym.np's, in all types and shapes, against NumPy."""
import gluino as mx
import numpy as onp
import pytest
from gluino import np
from gluino.numpy._table import BINARY, REDUCTIONS, UNARY

TYPES = ["float32", "float64", "float16", "int8", "int32", "int64", "uint8", "bool"]
SHAPES = [(2, 3), (), (0, 3)]
# Results that are truths, and those that stay whole; all others are real.
TRUTHS = {"isnan", "isinf", "isfinite", "isposinf", "isneginf", "logical_not", "equal", "not_equal",
          "less", "less_equal", "greater", "greater_equal", "logical_and", "logical_or", "logical_xor"}
WHOLE = {"abs", "absolute", "fabs", "negative", "square", "sign", "floor", "ceil", "trunc", "fix",
         "rint", "zeros_like", "ones_like", "add", "subtract", "multiply", "mod", "remainder",
         "power", "maximum", "minimum", "floor_divide", "fmax", "fmin", "fmod"}
BITS = {"invert", "bitwise_not", "bitwise_and", "bitwise_or", "bitwise_xor", "gcd", "lcm",
        "bitwise_left_shift", "bitwise_right_shift"}
NOT_OF_TRUTHS = {"floor_divide", "fmod", "negative", "subtract", "mod", "remainder", "lcm"}


def numbers(dtype, shape, first=1):
    """0 and 1 within the domains of all functions, larger ones on the right."""
    size = int(onp.prod(shape))
    return (onp.arange(first, first + size) % 2).reshape(shape).astype(dtype)


def on_symbols(function, *arrays):
    """What a graph of the function gives."""
    names = ["a", "b"][:len(arrays)]
    symbol = function(mx.sym.np, *(mx.sym.var(name).as_np_ndarray() for name in names))
    return symbol.bind(mx.cpu(), dict(zip(names, arrays))).forward()[0]


def check(function, dtype, theirs, *arrays):
    """An array of the type, with NumPy's shape and elements, of arrays and of symbols."""
    if dtype == "uint8":  # Which wraps around.
        theirs = onp.asarray(theirs).astype("int64").astype(dtype)
    for result in (function(np, *arrays), on_symbols(function, *arrays)):
        assert result.dtype == dtype and result.shape == onp.shape(theirs)
        onp.testing.assert_allclose(result.asnumpy().astype("float64"),
                                    onp.asarray(theirs).astype("float64"), 2e-3, 1e-6)


@pytest.mark.parametrize("name", sorted(UNARY))
def test_of_each_element(name):
    for dtype in TYPES:
        if (name in BITS and dtype[0] == "f") or (name in NOT_OF_TRUTHS and dtype == "bool"):
            continue
        real = dtype if dtype[0] == "f" else "float32"
        kept = name in WHOLE | BITS
        for shape in SHAPES:
            x = numbers(dtype, shape)
            with onp.errstate(all="ignore"):
                theirs = getattr(onp, name)(x if name in BITS | {"sign"} and dtype != "bool" or
                                            name in BITS else x.astype("float64"))
            # Symbols compute whole numbers, and mx.np copies truths.
            if dtype == "bool" and kept and name not in BITS | {"zeros_like", "ones_like"}:
                assert getattr(np, name)(np.array(x)).dtype == "bool"
                continue
            check(lambda n, a: getattr(n, name)(a),
                  "bool" if name in TRUTHS else dtype if kept else real, theirs,
                  np.array(x, dtype=dtype))


@pytest.mark.parametrize("name", sorted(BINARY))
def test_of_two_operands(name):
    for left in TYPES:
        for right in TYPES:
            together = mx._core.promote(left, right)
            together = onp.dtype(together).name if together != "bfloat16" else together
            if name in BITS and (left[0] == "f" or right[0] == "f" or left != right):
                continue
            if name in NOT_OF_TRUTHS | {"maximum", "minimum"} and "bool" in (left, right):
                continue
            if name in ("maximum", "minimum") and left != right:  # Symbols take one type.
                continue
            a, b = numbers(left, (2, 1)) + numbers(left, (2, 1)), numbers(right, (3,), 0)
            b[b == 0] = 1
            whole = "int64" if name in BITS else "float64"
            of_numpy = getattr(onp, name.removeprefix("bitwise_") if "shift" in name else name)
            theirs = of_numpy(a.astype(whole), b.astype("int64" if name == "ldexp" else whole))
            real = together if together[0] == "f" else "float32"
            expected = "bool" if name in TRUTHS else together if name in WHOLE | BITS else real
            if expected == "bool":
                theirs = theirs != 0
            check(lambda n, x, y: getattr(n, name)(x, y), expected, theirs,
                  np.array(a, dtype=left), np.array(b, dtype=right))


@pytest.mark.parametrize("row", REDUCTIONS, ids=lambda row: row.name)
def test_over_axes(row):
    name = row.name
    options = [{}] if name == "trace" else [{}, {"axis": 0}, {"axis": -1}] if "arg" in name else [
        {}, {"axis": 0}, {"axis": -1, "keepdims": True}, {"axis": (0, 1)}, {"axis": ()}]
    for dtype in TYPES:
        real = dtype if dtype[0] == "f" else "float32"
        expected = {"mean": real, "var": real, "std": real, "all": "bool", "any": "bool",
                    "argmax": "int64", "argmin": "int64", "max": dtype, "min": dtype}.get(
                        name, "int64" if dtype == "bool" else dtype)
        if name == "trace" and dtype == "bool":
            continue
        for shape in ([(2, 3)] if name == "trace" else [(2, 3), (4, 1)]):
            x = numbers(dtype, shape)
            for given in options:
                theirs = getattr(onp, name)(x.astype("float64"), **given)
                check(lambda n, a, given=given: getattr(n, name)(a, **given), expected, theirs,
                      np.array(x, dtype=dtype))
    if name not in ("trace", "max", "min", "argmax", "argmin", "mean", "var", "std"):
        none = onp.zeros((0, 3))
        check(lambda n, a: getattr(n, name)(a, axis=0), "float64" if name in ("sum", "prod") else
              "bool", getattr(onp, name)(none, axis=0), np.array(none, dtype="float64"))


@pytest.mark.parametrize("statement, dtype, other, expected", [
    ("a += b", "int32", "int64", "int32"), ("a *= b", "float32", "int32", "float32"),
    ("a -= b", "int8", "float32", TypeError), ("a /= b", "int32", "int32", TypeError),
    ("a += b", "uint8", "int8", TypeError), ("a += b", "bool", "bool", "bool"),
    ("a += b", "bool", "int32", TypeError), ("a //= b", "int32", "int64", "int32"),
    ("a //= b", "int32", "float32", TypeError), ("a &= b", "int64", "int32", "int64"),
    ("a |= b", "int32", "bool", "int32"), ("a /= 2", "int32", "int32", TypeError),
    ("a += 2.5", "int8", "int8", TypeError), ("a += 2", "int8", "int8", "int8")])
def test_in_place_the_type_stays(statement, dtype, other, expected):
    values = {"a": np.array([1, 1], dtype=dtype), "b": np.array([1, 1], dtype=other)}
    numpys = {"a": onp.array([1, 1], dtype=dtype), "b": onp.array([1, 1], dtype=other)}
    before = values["a"]
    if expected is TypeError:
        with pytest.raises(TypeError):
            exec(statement, values)
        assert before.tolist() == onp.array([1, 1], dtype=dtype).tolist()
    else:
        exec(statement, values)
        exec(statement, numpys)
        assert values["a"] is before and before.dtype == expected
        assert before.tolist() == numpys["a"].tolist()


def test_numbers_that_a_type_does_not_hold_are_compared_as_they_are():
    assert not (np.array([True]) == 2).any() and (np.array([True, False]) < 2).all()
    assert (np.array([200], dtype="uint8") < 300).all()
    assert (np.array([200], dtype="uint8") > -1).all()
    assert (np.array([1], dtype="int32") < 1.5).all()


def test_of_elements_depends_how_many_there_are():
    x = np.array([[3, 0], [1, 3]], dtype="int32")
    values, index, inverse, counts = np.unique(x, True, True, True)
    assert values.tolist() == [0, 1, 3] and values.dtype == "int32"
    assert (index.tolist(), inverse.reshape(-1).tolist(), counts.tolist()) == (
        [1, 2, 0], [2, 0, 1, 2], [1, 1, 2])
    assert [row.tolist() for row in np.nonzero(x)] == [[0, 1, 1], [0, 0, 1]]
    assert np.delete(x, np.array([True, False], dtype=bool), axis=0).tolist() == [[1, 3]]
    assert np.delete(x, slice(None, None, -1), axis=1).shape == (2, 0)
    assert np.insert(x, [0, 2], 7, axis=1).tolist() == [[7, 3, 0, 7], [7, 1, 3, 7]]
    with pytest.raises(IndexError):
        np.delete(x, [5], axis=0)
