"""What arrays cannot be added to, divided by and so on is refused, in place too."""
import operator

import mxnet as mx
import numpy as onp
import pytest

STRANGE = [None, "a", [1, 2, 3], (1, 2, 3), 1j, object()]
NUMPYS = [onp.float32(2), onp.int64(2), onp.array(2.0), onp.ones(3, "float32")]


@pytest.mark.parametrize("array", [mx.nd.array, mx.np.array], ids=["nd", "np"])
@pytest.mark.parametrize("other", STRANGE, ids=lambda x: type(x).__name__)
@pytest.mark.parametrize("sign", [operator.iadd, operator.isub, operator.imul, operator.itruediv,
                                  operator.imod])
def test_nothing_else_takes_the_place_of_the_array(array, other, sign):
    with pytest.raises(TypeError):
        sign(array([1, 2, 3]), other)


class Adds:
    def __radd__(self, other):
        return "added"


def test_what_can_be_added_to_arrays_by_itself_is():
    x = mx.nd.ones(3)
    x += Adds()
    assert x == "added"


@pytest.mark.parametrize("other", NUMPYS, ids=lambda x: type(x).__name__)
@pytest.mark.parametrize("sign", [operator.floordiv, operator.ifloordiv, divmod, operator.matmul,
                                  operator.imatmul, operator.and_, operator.ior, operator.xor,
                                  operator.lshift, operator.irshift])
def test_numpy_does_not_take_arrays_of_the_old_rules_for_its_own(other, sign):
    with pytest.raises(TypeError, match="unsupported operand"):
        sign(mx.nd.array([4, 5, 6]), other)
    with pytest.raises(TypeError, match="unsupported operand"):
        sign(mx.nd.array([4, 5, 6]), 2)


def test_another_size_is_mxnets_error_and_numpys():
    for error in (mx.MXNetError, ValueError):
        with pytest.raises(error, match="sizes do not match"):
            mx.nd.ones((2, 3)).reshape((4, 2))


def test_full_takes_rows_as_an_assignment_does_and_says_what_is_no_number():
    assert mx.nd.full((2, 2), [1, 2]).asnumpy().tolist() == [[1, 2], [1, 2]]
    for value in ("a", None, object()):
        with pytest.raises(TypeError, match="number|None"):
            mx.nd.full((2,), value)


@pytest.mark.parametrize("call", [
    lambda deep: mx.nd.take(deep, deep), mx.nd.stack, lambda deep: mx.nd.dot(deep, deep),
    lambda deep: mx.nd.gather_nd(deep, deep), mx.nd.linalg.makediag])
def test_too_many_axes_are_told_with_the_operator(call):
    with pytest.raises(mx.MXNetError, match=r"^\[\w+\] a shape has at most 8 dimensions"):
        call(mx.nd.ones((1, 2, 1, 1, 1, 2, 1, 1)))
