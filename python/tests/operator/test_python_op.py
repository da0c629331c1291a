"""NumpyOp and NDArrayOp, the operators of MXNet's first versions."""
import numpy as np
import pytest

import gluino as mx


class NumpySoftmax(mx.operator.NumpyOp):
    """As in the tutorials of those days."""

    def __init__(self):
        super().__init__(need_top_grad=False)

    def list_arguments(self):
        return ["data", "label"]

    def list_outputs(self):
        return ["output"]

    def infer_shape(self, in_shape):
        return [in_shape[0], (in_shape[0][0],)], [in_shape[0]]

    def forward(self, in_data, out_data):
        x, y = in_data[0], out_data[0]
        y[:] = np.exp(x - x.max(axis=1, keepdims=True))
        y /= y.sum(axis=1, keepdims=True)

    def backward(self, out_grad, in_data, out_data, in_grad):
        label = in_data[1].astype(int)
        in_grad[0][:] = out_data[0]
        in_grad[0][np.arange(len(label)), label] -= 1.0


def test_numpy_op_is_softmax_output():
    with pytest.warns(UserWarning):
        op = NumpySoftmax()
    ours = op(data=mx.sym.var("x"), name="softmax")
    assert ours.list_arguments() == ["x", "softmax_label"]
    theirs = mx.sym.SoftmaxOutput(mx.sym.var("x"), name="softmax")
    results = []
    for s in (ours, theirs):
        executor = s.simple_bind(mx.cpu(), x=(4, 3))
        executor.arg_dict["x"][:] = np.arange(12).reshape(4, 3) % 5
        executor.arg_dict["softmax_label"][:] = [0, 1, 2, 0]
        executor.forward(is_train=True)
        executor.backward()
        results.append((executor.outputs[0].asnumpy(), executor.grad_dict["x"].asnumpy()))
    np.testing.assert_allclose(results[0][0], results[1][0], rtol=1e-6)
    np.testing.assert_allclose(results[0][1], results[1][1], rtol=1e-5, atol=1e-7)


def test_ndarray_op():
    class Exp(mx.operator.NDArrayOp):
        def forward(self, in_data, out_data):
            out_data[0][:] = mx.nd.exp(in_data[0])

        def backward(self, out_grad, in_data, out_data, in_grad):
            in_grad[0][:] = out_grad[0] * out_data[0]

    with pytest.warns(UserWarning):
        op = Exp()
    s = op(mx.sym.var("x"), name="e")
    executor = s.bind(mx.cpu(), {"x": mx.nd.array([0.0, 1.0])}, {"x": mx.nd.zeros((2,))})
    executor.forward(is_train=True)
    executor.backward(mx.nd.array([2.0, 3.0]))
    np.testing.assert_allclose(executor.grad_dict["x"].asnumpy(), [2, 3 * np.e], rtol=1e-6)


def test_defaults_copy():
    with pytest.warns(UserWarning):
        op = mx.operator.NumpyOp()
    assert op.need_top_grad() and op.list_arguments() == ["data"]
    s = op(mx.sym.var("x"))
    assert s.eval(x=mx.nd.array([3.0]))[0].asnumpy().tolist() == [3]
    with pytest.warns(UserWarning), pytest.raises(NotImplementedError):
        mx.operator.PythonOp()(mx.sym.var("x"))
