"""Users' operators that want sparse arrays."""
import numpy as np
import pytest

import gluino as mx
from gluino import autograd, nd

seen = []


class Square(mx.operator.CustomOp):
    def forward(self, is_train, req, in_data, out_data, aux):
        x = in_data[0]
        seen.append((x.stype, out_data[0].stype))
        y = x * x if x.stype == "default" else nd.sparse.csr_matrix(
            (x.data * x.data, x.indices, x.indptr), shape=x.shape)
        self.assign(out_data[0], req[0], y)

    def backward(self, req, out_grad, in_data, out_data, in_grad, aux):
        seen.append(tuple(a[0].stype for a in (out_grad, in_data, out_data, in_grad)))
        g = in_data[0].tostype("default") * 2 * out_grad[0]
        self.assign(in_grad[0], req[0], g.tostype(in_grad[0].stype))


@mx.operator.register("square_as_stored")
class SquareProp(mx.operator.CustomOpProp):
    def create_operator(self, ctx, in_shapes, in_dtypes):
        return Square()

    def infer_storage_type(self, in_stype):
        return in_stype, [in_stype[0]], []

    def infer_storage_type_backward(self, ograd_stype, in_stype, out_stype, igrad_stype, aux_stype):
        return ograd_stype, in_stype, out_stype, [in_stype[0]], aux_stype


@mx.operator.register("square_dense")
class DenseProp(mx.operator.CustomOpProp):
    def create_operator(self, ctx, in_shapes, in_dtypes):
        return Square()


DENSE = np.array([[0, 1, 0], [2, 0, 3]], "float32")


@pytest.mark.parametrize("stype", ["default", "csr"])
def test_arrays_are_stored_as_the_prop_says(stype):
    x = nd.array(DENSE).tostype(stype)
    seen.clear()
    y = nd.Custom(x, op_type="square_as_stored")
    assert y.stype == stype and seen == [(stype, stype)]
    np.testing.assert_array_equal(y.asnumpy(), DENSE ** 2)
    x.attach_grad()
    with autograd.record():
        y = nd.Custom(x, op_type="square_as_stored")
        assert y.stype == stype
    y.backward(nd.array(DENSE))
    assert seen[-1] == ("default", stype, stype, stype)
    np.testing.assert_array_equal(x.grad.asnumpy(), 2 * DENSE ** 2)


def test_gradients_are_added():
    x = nd.array(DENSE).tostype("csr")
    x.attach_grad()
    with autograd.record():
        y = (nd.Custom(x, op_type="square_as_stored") + nd.Custom(x, op_type="square_as_stored"))
    y.backward()
    np.testing.assert_array_equal(x.grad.asnumpy(), 4 * DENSE)


def test_operators_that_say_nothing_get_dense_arrays():
    seen.clear()
    y = nd.Custom(nd.array(DENSE).tostype("csr"), op_type="square_dense")
    assert seen == [("default", "default")] and y.stype == "default"
    np.testing.assert_array_equal(y.asnumpy(), DENSE ** 2)
    # The next call is made as if no other had been.
    nd.Custom(nd.array(DENSE).tostype("csr"), op_type="square_as_stored")
    nd.Custom(nd.array(DENSE), op_type="square_as_stored")
    assert seen[1:] == [("csr", "csr"), ("default", "default")]


def test_what_a_prop_raises_reaches_the_caller():
    @mx.operator.register("square_refuses")
    class Refuses(SquareProp):
        def infer_storage_type(self, in_stype):
            raise LookupError("no csr")

    with pytest.raises(LookupError, match="no csr"):
        nd.Custom(nd.array(DENSE).tostype("csr"), op_type="square_refuses")
