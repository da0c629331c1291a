"""What autograd's Function is recorded by."""
import numpy as np
import pytest

import gluino as mx


class Sigmoid(mx.autograd.Function):
    def forward(self, x):
        assert not mx.autograd.is_recording()
        y = 1 / (1 + mx.nd.exp(-x))
        self.save_for_backward(y)
        return y

    def backward(self, dy):
        y, = self.saved_tensors
        return dy * y * (1 - y)


def test_function():
    x = mx.nd.array(np.linspace(-2, 2, 5))
    x.attach_grad()
    with mx.autograd.record():
        y = Sigmoid()(x)
        z = (y * 2).sum()
    z.backward()
    np.testing.assert_allclose(x.grad.asnumpy(), 2 * (y * (1 - y)).asnumpy(), rtol=1e-6)
    assert Sigmoid()(x).shape == (5,)


class Pair(mx.autograd.Function):
    def forward(self, a, b):
        return a, a * b

    def backward(self, da, db):
        return da + 10 * db, None


def test_several_arrays_and_what_nobody_wants():
    a, b = mx.nd.array([1.0, 2.0]), mx.nd.array([3.0, 4.0])
    a.attach_grad()
    with mx.autograd.record():
        same, product = Pair()(a, b)
    mx.autograd.backward([same, product])
    assert a.grad.asnumpy().tolist() == [11, 11]
    same[:] = 0
    assert a.asnumpy().tolist() == [1, 2]


def test_mistakes_in_backward():
    class Wrong(mx.autograd.Function):
        def __init__(self, result):
            super().__init__()
            self.result = result

        def forward(self, x):
            return x * 2

        def backward(self, dy):
            if isinstance(self.result, Exception):
                raise self.result
            return self.result

    for result, error in ((mx.nd.ones((3,)), mx.MXNetError), (None, mx.MXNetError),
                          (KeyError("mine"), KeyError)):
        x = mx.nd.ones((2,))
        x.attach_grad()
        with mx.autograd.record():
            y = Wrong(result)(x)
        with pytest.raises(error):
            y.backward()


def test_what_is_no_array_is_named():
    class Wrong(mx.autograd.Function):
        def forward(self, x, factor):
            return 3

    x = mx.nd.ones(2)
    x.attach_grad()
    with mx.autograd.record():
        with pytest.raises(TypeError, match='Wrong: an input: expected an array, got 5'):
            Wrong()(x, 5)
        with pytest.raises(TypeError, match='Wrong: what forward gave: expected an array, got 3'):
            Wrong()(x, x)
    with pytest.raises(TypeError, match='nd.array: .* got None'):
        mx.nd.array(None)
