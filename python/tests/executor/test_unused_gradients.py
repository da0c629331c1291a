"""Arrays for gradients that grad_req leaves out."""

import mxnet as mx
import numpy as np

from mxnet import nd
from mxnet.test_utils import check_symbolic_backward

x, y = mx.sym.var("x"), mx.sym.var("y")


def test_they_are_listed_and_stay():
    ones, kept = nd.ones(3), nd.ones(3) * 5
    bound = (x * y).bind(mx.cpu(), [ones, ones * 2], args_grad=[nd.zeros(3), kept],
                         grad_req=["write", "null"])
    bound.forward(is_train=True)
    bound.backward(nd.ones(3))
    assert bound.grad_dict["y"] is kept and bound.grad_arrays[1] is kept
    assert bound.grad_dict["x"].asnumpy().tolist() == [2, 2, 2]
    assert kept.asnumpy().tolist() == [5, 5, 5]


def test_check_symbolic_backward_holds_them_to_it():
    values = np.array([1.0, 2, 3], dtype=np.float32)
    for req in ("null", ["write", "null"], {"x": "write", "y": "null"}):
        assert set(check_symbolic_backward(x * y, [values, values], [np.ones(3)], [values, values],
                                           grad_req=req)) == {"x", "y"}
