"""+ - * / % ** and comparisons, in place too, against NumPy."""
import operator

import gluino as mx
import numpy as np
import pytest
from gluino import nd

BINARY = [operator.add, operator.sub, operator.mul, operator.truediv, operator.mod, operator.pow]
COMPARE = [operator.eq, operator.ne, operator.lt, operator.le, operator.gt, operator.ge]
SHAPES = [((2, 3), (2, 3)), ((2, 3), (3,)), ((2, 1), (1, 3)), ((1,), (4, 2)), ((2, 3, 1), (3, 4))]


def random(shape):
    return np.random.RandomState(len(shape)).uniform(0.5, 3, shape).astype("float32")


@pytest.mark.parametrize("function", BINARY + COMPARE)
@pytest.mark.parametrize("left, right", SHAPES)
def test_two_arrays(function, left, right):
    a, b = random(left), random(right) * 1.5
    result = function(nd.array(a), nd.array(b))
    assert result.dtype is np.float32  # comparisons, too
    assert np.allclose(result.asnumpy(), function(a, b), rtol=1e-5)


@pytest.mark.parametrize("function", BINARY + COMPARE)
@pytest.mark.parametrize("number", [2, 1.5, True, np.float32(1.5), np.float64(2), np.int64(3),
                                    np.uint8(2), np.bool_(True)])
def test_an_array_and_a_number(function, number):
    a = random((2, 3))
    for result, expected in ((function(nd.array(a), number), function(a, float(number))),
                             (function(number, nd.array(a)), function(float(number), a))):
        assert type(result) is mx.nd.NDArray and result.dtype is np.float32
        assert np.allclose(result.asnumpy(), expected, rtol=1e-5)


def test_numbers_never_promote():
    whole = nd.array([5, 7], dtype="int32")
    assert (whole / 2).asnumpy().tolist() == [2, 3] and (whole / 2).dtype is np.int32
    assert (whole * 2.5).dtype is np.int32
    assert (nd.array([200, 7], dtype="uint8") + 100).asnumpy().tolist() == [44, 107]
    assert (nd.array([200], dtype="uint8") / 255).asnumpy().tolist() == [0]
    assert (whole == whole).dtype is np.int32
    with pytest.raises(mx.MXNetError):
        nd.ones((2,)) + whole


def test_signs():
    a = nd.array([1, -2])
    assert (-a).asnumpy().tolist() == [-1, 2]
    assert abs(a).asnumpy().tolist() == [1, 2]
    assert (nd.array([5, -5]) % 3).asnumpy().tolist() == [2, 1]
    assert (7 % nd.array([5, -4])).asnumpy().tolist() == [2, -1]


@pytest.mark.parametrize("function", [operator.iadd, operator.isub, operator.imul,
                                      operator.itruediv, operator.imod])
def test_in_place(function):
    for other in (2, 1.5, random((2, 3)), random((3,)), random((2, 1))):
        a = random((2, 3))
        array = kept = nd.array(a)
        array = function(array, nd.array(other) if isinstance(other, np.ndarray) else other)
        assert array is kept
        assert np.allclose(kept.asnumpy(), function(a, np.float32(other)), rtol=1e-5)
    array = nd.ones((3,))
    with pytest.raises(mx.MXNetError):
        array += nd.ones((2, 3))
    array = nd.arange(4)
    array += array
    array *= array
    assert array.asnumpy().tolist() == [0, 4, 16, 36]


@pytest.mark.parametrize("wrong", [None, "a", [1, 2], np.ones(2), 1 + 2j, object()])
def test_what_is_no_operand(wrong):
    for function in BINARY + COMPARE:
        with pytest.raises(TypeError):
            function(nd.ones((2,)), wrong)


def test_what_arrays_do_not_have():
    for function in (lambda a: a // 2, lambda a: a @ a, lambda a: ~a, lambda a: divmod(a, 2)):
        with pytest.raises(TypeError):
            function(nd.ones((2, 2)))
    for name in ("item", "tolist"):
        assert not hasattr(nd.ones((1,)), name)
    assert len({nd.ones((1,)), nd.ones((1,))}) == 2  # hashed by identity
    array = nd.ones((1,))
    assert {array: 3}[array] == 3


@pytest.mark.parametrize("name, function", [
    ("add", np.add), ("subtract", np.subtract), ("multiply", np.multiply), ("divide", np.divide),
    ("true_divide", np.divide), ("modulo", np.mod), ("power", np.power), ("maximum", np.maximum),
    ("minimum", np.minimum), ("equal", np.equal), ("not_equal", np.not_equal),
    ("greater", np.greater), ("greater_equal", np.greater_equal), ("lesser", np.less),
    ("lesser_equal", np.less_equal), ("logical_and", np.logical_and),
    ("logical_or", np.logical_or), ("logical_xor", np.logical_xor)])
def test_functions_of_arrays_and_numbers(name, function):
    ours = getattr(nd, name)
    a, b = random((2, 3)), random((3,))
    assert np.allclose(ours(nd.array(a), nd.array(b)).asnumpy(), function(a, b), rtol=1e-5)
    assert np.allclose(ours(nd.array(a), 2).asnumpy(), function(a, 2), rtol=1e-5)
    assert np.allclose(ours(2, nd.array(a)).asnumpy(), function(2, a), rtol=1e-5)
    assert ours(3, 2) == function(3, 2)
    assert ours.__name__ in (name, "divide")
    with pytest.raises(TypeError):
        ours("a", 2)
