"""mx.np.ndarray: how it looks, what it is made of, its operators."""
import copy
import pickle

import gluino as mx
import numpy as onp
import pytest
from gluino import autograd, np
from gluino.base import MXNetError


def test_prints_as_numpy_with_the_type_unless_float32():
    assert repr(np.array([1, 2])) == "array([1., 2.])"
    assert repr(np.array([[1, 2]], dtype="int32")) == "array([[1, 2]], dtype=int32)"
    assert repr(np.array([1], dtype="int64")) == "array([1], dtype=int64)"
    assert repr(np.array([1.5], dtype="float64")) == "array([1.5], dtype=float64)"
    assert repr(np.array([True], dtype=bool)) == "array([ True])"
    assert repr(np.array(5)) == "array(5.)"
    assert repr(np.zeros((0, 3))) == "array([], shape=(0, 3))"
    assert str(np.array([1, 2])) == "[1. 2.]"
    assert str(np.array(5.0)) == "5.0"
    assert f"{np.array(1.5):.2f}" == "1.50" and "%.1f" % np.array(1.5) == "1.5"


def test_numbers_become_float32_and_arrays_keep_their_type():
    assert np.array([1, 2]).dtype == onp.float32
    assert np.array(onp.ones(2)).dtype == onp.float64
    assert np.array(onp.ones(2, dtype="int8")).dtype == onp.int8
    assert np.array(onp.float64(2)).dtype == onp.float64
    assert np.array(onp.int64(2)).dtype == onp.int64
    assert np.array([[1.5, 2]], dtype="int32").tolist() == [[1, 2]]
    assert np.array([np.array([1, 2]), np.array([3, 4])]).tolist() == [[1, 2], [3, 4]]
    with pytest.raises(TypeError):
        np.array("text")


def test_dtype_is_numpys_dtype():
    x = np.zeros(2)
    assert x.dtype == onp.dtype("float32") and x.dtype == "float32" and x.dtype == np.float32
    assert isinstance(x.dtype, onp.dtype)


def test_items_are_numbers_of_pythons():
    x = np.array([[1, 2], [3, 4]], dtype="int32")
    assert x[1, 0].item() == 3 and isinstance(x[1, 0].item(), int)
    assert x.item(3) == 4 and x.item(1, 1) == 4
    assert float(np.array(2.5)) == 2.5 and int(np.array([7.9])) == 7
    assert [10, 20, 30][np.array(1, dtype="int32")] == 20
    assert np.array(3.5).tolist() == 3.5
    with pytest.raises(ValueError):
        x.item()
    with pytest.raises(TypeError):
        float(x)


def test_truth_of_one_element_only():
    assert bool(np.array([1])) and not bool(np.array(0))
    with pytest.raises(ValueError):
        bool(np.array([1, 2]))


def test_arithmetic_brings_types_together():
    i, f, h = (np.ones(2, dtype=t) for t in ("int32", "float32", "float16"))
    b = np.ones(2, dtype=bool)
    assert (i + f).dtype == "float32" and (i + h).dtype == "float16" and (f + h).dtype == "float32"
    assert (i / i).dtype == "float32" and (i / 2).dtype == "float32"
    assert (b + i).dtype == "int32" and (b + f).dtype == "float32" and (b + 1).dtype == "int64"
    assert (i + 1).dtype == "int32" and (i + 1.5).tolist() == [2.5, 2.5]
    assert (2 ** np.array([1, 2])).tolist() == [2, 4] and (2 - f).tolist() == [1, 1]


def test_comparisons_are_bool():
    x = np.array([1, 2, 3])
    for result in (x == 2, x != 2, x < 2, x <= 2, x > 2, x >= 2, 2 < x):
        assert result.dtype == onp.bool_
    assert (np.array([1, 2], dtype="int32") < 1.5).tolist() == [True, False]
    assert (np.array([True, False], dtype=bool) == np.array([1, 1])).tolist() == [True, False]


def test_operators_that_arrays_of_the_old_rules_lack():
    x = np.array([[1, 2], [3, 4]])
    assert (x @ x).tolist() == [[7, 10], [15, 22]]
    assert (x // 2).tolist() == [[0, 1], [1, 2]]
    a, b = np.array([1, 1, 0]) > 0, np.array([1, 0, 0]) > 0
    assert (a & b).tolist() == [True, False, False]
    assert (a | b).tolist() == [True, True, False]
    assert (a ^ b).tolist() == [False, True, False]
    assert (~b).tolist() == [False, True, True]
    assert (~np.array([1, -2], dtype="int32")).tolist() == [-2, 1]
    n = np.array([1, 2, 9], dtype="int32")
    assert (n << 2).tolist() == [4, 8, 36] and (2 << n).tolist() == [4, 8, 1024]
    assert (n >> np.array([0, 1, 2], dtype="int32")).tolist() == [1, 1, 2]
    assert (64 >> n).tolist() == [32, 16, 0]
    m = n
    m <<= 1
    m >>= np.array([1, 0, 1], dtype="int32")
    assert n.tolist() == [1, 4, 9]


def test_lists_are_no_operands():
    x = np.ones(3)
    with pytest.raises(TypeError):
        x + [1, 2, 3]
    with pytest.raises(TypeError):
        [1, 2, 3] + x
    assert (onp.float32(2) * x).tolist() == [2, 2, 2]


@pytest.mark.parametrize("sign", ["+", "-", "*", "/", "//", "%", "**", "@", "&", "|", "^", "<<", ">>",
                                  "<", ">=", "==", "!="])
def test_numpys_arrays_are_operands(sign):
    dtype = "int32" if sign in ("&", "|", "^", "<<", ">>") else "float32"
    x, y = (onp.array([[2, 3], [4, 1]], dtype), onp.array([[1, 3], [2, 2]], dtype))
    apply = eval(f"lambda a, b: a {sign} b")  # pylint: disable=eval-used
    for ours in (apply(np.array(x, dtype=dtype), y), apply(x, np.array(y, dtype=dtype))):
        assert isinstance(ours, np.ndarray) and ours.dtype == apply(x, y).dtype
        assert ours.tolist() == apply(x, y).tolist()
    if sign not in ("<", ">=", "==", "!=", "**"):  # MXNet's **= gives another array.
        written = kept = np.array(x, dtype=dtype)
        local = {"a": written, "b": y}
        exec(f"a {sign}= b", local)  # pylint: disable=exec-used
        assert local["a"] is kept and kept.tolist() == apply(x, y).tolist()


def test_numpys_arrays_beside_recorded_ones():
    x = np.ones((2, 3))
    x.attach_grad()
    with autograd.record():
        y = (onp.ones((2, 1), "float32") * x) * onp.arange(3, dtype="float32") - onp.array(2.0)
    assert y.dtype == "float32"
    y.backward()
    assert x.grad.tolist() == [[0, 1, 2]] * 2
    assert (x + onp.ones(3)).dtype == "float64"
    with pytest.raises(MXNetError, match="broadcast"):
        x + onp.ones(4)


def test_in_place_writes_into_the_array():
    x = np.ones(3)
    y = x
    x += 1
    x *= np.array([1, 2, 3])
    assert y.tolist() == [2, 4, 6]
    x **= 2
    x @= np.eye(3)
    assert x.tolist() == [4, 16, 36]


def test_iteration_gives_arrays():
    assert [row.tolist() for row in np.array([[1, 2], [3, 4]])] == [[1, 2], [3, 4]]
    assert [item.shape for item in np.ones(2)] == [(), ()]
    with pytest.raises(TypeError):
        iter(np.array(1))
    with pytest.raises(TypeError):
        len(np.array(1))


def test_copies_and_pickles():
    x = np.array([1, 2], dtype="int8")
    for y in (copy.copy(x), copy.deepcopy(x), x.copy(), pickle.loads(pickle.dumps(x)), np.array(x)):
        assert type(y) is np.ndarray and y.dtype == "int8" and y.tolist() == [1, 2]
        y[0] = 9
    assert x.tolist() == [1, 2]


def test_both_faces_share_elements():
    x = np.array([1, 2])
    old = x.as_nd_ndarray()
    assert type(old) is mx.nd.NDArray and isinstance(x, mx.nd.NDArray)
    old[0] = 5
    assert x.tolist() == [5, 2] and type(old.as_np_ndarray()) is np.ndarray


def test_each_face_refuses_the_other():
    with pytest.raises(TypeError, match="as_nd_ndarray"):
        mx.nd.relu(np.ones(2))
    with pytest.raises(TypeError, match="as_np_ndarray"):
        np.exp(mx.nd.ones((2,)))
    with pytest.raises(TypeError):
        np.ones(2) + mx.nd.ones((2,))


def test_functions_of_one_array_take_old_ones_under_old_rules():
    from gluino import util
    util.reset_np()
    result = np.tanh(mx.nd.ones((2,)))
    assert type(result) is mx.nd.NDArray and abs(result.asnumpy()[0] - onp.tanh(1)) < 1e-6


def test_the_old_methods_are_not_there():
    assert not hasattr(np.ones(2), "exp") and not hasattr(np.ones(2), "softmax")
    assert hasattr(np.ones(2), "mean")


def test_gradients_flow():
    x = np.array([1.0, 2.0, 3.0])
    x.attach_grad()
    with autograd.record():
        y = (x * x).sum() + x[1] * 3 + x[x > 2].sum() + x.mean()
    y.backward()
    assert onp.allclose(x.grad.asnumpy(), 2 * onp.array([1, 2, 3]) + [0, 3, 1] + 1 / 3)
    assert type(x.grad) is np.ndarray


def test_recorded_arrays_are_not_assigned_to():
    x = np.ones(2)
    x.attach_grad()
    with autograd.record():
        with pytest.raises(MXNetError):
            x[0] = 5


def test_without_numpys_shapes_arrays_have_axes():
    from gluino import util
    with util.np_shape(False):
        with pytest.raises(MXNetError):
            np.zeros(())
        with pytest.raises(MXNetError):
            np.zeros((0, 2))
    assert np.zeros(()).shape == () and np.zeros((0, 2)).size == 0
