"""Recording, the way back, and functions with gradients of the user's."""
import gc
import json
import traceback
import weakref

import gluino as mx
import numpy as np
import pytest
from gluino import autograd, nd


def variable(values, req="write"):
    array = nd.array(values)
    array.attach_grad(req)
    return array


def grad_of(function, values):
    x = variable(values)
    with autograd.record():
        y = function(x)
    y.backward()
    return x.grad.asnumpy().tolist()


def modes():
    return autograd.is_recording(), autograd.is_training()


def test_scopes():
    assert modes() == (False, False)
    with autograd.record() as given:
        assert given is None and modes() == (True, True)
        with autograd.pause():
            assert modes() == (False, False)
        with autograd.pause(train_mode=True):
            assert modes() == (False, True)
        with autograd.predict_mode():
            assert modes() == (True, False)
        assert modes() == (True, True)
    with autograd.record(train_mode=False):
        assert modes() == (True, False)
    with autograd.train_mode():
        assert modes() == (False, True)
    with pytest.raises(KeyError):
        with autograd.record():
            raise KeyError
    assert modes() == (False, False)
    assert autograd.set_recording(True) is False
    assert autograd.set_training(True) is False
    assert modes() == (True, True)
    assert autograd.set_recording(False) is True and autograd.set_training(False) is True
    assert modes() == (False, False)
    assert autograd.set_recording(is_recording=True) is False  # by MXNet's names, as thinc does
    assert autograd.set_training(train_mode=True) is False
    assert autograd.set_recording(0) is True and autograd.set_training(0) is True
    assert modes() == (False, False)


@pytest.mark.parametrize("function, expected", [
    (lambda x: x * x, [2, 4, 6]), (lambda x: x + x * 2, [3, 3, 3]), (lambda x: 6 / x, [-6, -1.5, -2 / 3]),
    (lambda x: x ** 3, [3, 12, 27]), (lambda x: x[1] * 5, [0, 5, 0]), (lambda x: x[[0, 0, 2]], [2, 0, 1]),
    (lambda x: x.reshape((3, 1)).T.sum() * 2, [2, 2, 2]), (lambda x: x.detach() * x, [1, 2, 3]),
    (lambda x: nd.BlockGrad(x) + x, [1, 1, 1]), (lambda x: x.copy() * 2, [2, 2, 2]),
    (lambda x: x.astype("float64") * 3, [3, 3, 3]), (lambda x: x.as_in_context(mx.cpu(1)) * 2, [2, 2, 2]),
    (lambda x: nd.concat(x, x * 2, dim=0), [3, 3, 3]), (lambda x: -abs(x), [-1, -1, -1]),
    (lambda x: nd.broadcast_to(x.reshape((1, 3)), shape=(4, 3)), [4, 4, 4])])
def test_gradients(function, expected):
    assert np.allclose(grad_of(function, [1, 2, 3]), expected)


def test_head_gradients():
    x = variable([1, 2])
    with autograd.record():
        y, z = x * 2, x * 3
    autograd.backward([y, z], [nd.array([1, 10]), None])
    assert x.grad.asnumpy().tolist() == [5, 23]
    with autograd.record():
        y = x * 2
    y.backward(nd.array([3, 4]))
    assert x.grad.asnumpy().tolist() == [6, 8]
    with autograd.record():
        y = x * 2
    with pytest.raises(mx.MXNetError):
        y.backward(nd.ones((5,)))
    with pytest.raises(AssertionError):
        autograd.backward([y], [None, None])


def test_requests():
    x, kept, none = variable([1, 2]), variable([1, 2], "add"), variable([1, 2], "null")
    for _ in range(3):
        with autograd.record():
            y = x * kept * none
        y.backward()
    assert x.grad.asnumpy().tolist() == [1, 4]
    assert kept.grad.asnumpy().tolist() == [3, 12]
    with pytest.raises(KeyError):
        nd.ones((1,)).attach_grad("sometimes")
    assert nd.ones((1,)).grad is None
    assert x.detach().grad is None


@pytest.mark.parametrize("face", [nd, mx.np])
def test_gradients_that_are_given_back(face):
    x, other = face.ones(2), face.ones(2)
    for array in (x, other):
        array.attach_grad()
    with autograd.record():
        (x * other).backward()
    x.drop_grad()
    face.ones(2).drop_grad()
    assert x.grad is None and other.grad.asnumpy().tolist() == [1, 1]
    with autograd.record():
        y = x * 2
    with pytest.raises(mx.MXNetError, match="attach_grad"):
        y.backward()
    x.attach_grad()
    with autograd.record():
        (x * 3).backward()
    assert x.grad.asnumpy().tolist() == [3, 3]


def test_mark_variables():
    x, place = nd.array([1, 2]), nd.zeros((2,))
    autograd.mark_variables([x], [place])
    with autograd.record():
        y = x * 3
    y.backward()
    assert place.asnumpy().tolist() == x.grad.asnumpy().tolist() == [3, 3]
    autograd.mark_variables(x, place, "add")
    with autograd.record():
        y = x * 3
    y.backward()
    assert place.asnumpy().tolist() == [6, 6]


def test_backward_twice():
    x = variable([1, 2])
    with autograd.record():
        y = x * x
    y.backward(retain_graph=True)
    y.backward()
    for array in (y, nd.ones((2,)), x * 2):
        with pytest.raises(mx.MXNetError):
            array.backward()


def test_a_state_goes_from_one_batch_to_the_next():
    # What a backward has gone through is a constant from then on; no detach is needed.
    w, state = variable([1, 1]), nd.ones((2,))
    for slope in (2, 4, 8):
        with autograd.record():
            state = state * w * 2
            loss = state.sum()
        loss.backward()
        assert w.grad.asnumpy().tolist() == [slope, slope]
    cell = mx.gluon.rnn.LSTM(3)
    cell.initialize()
    states = cell.begin_state(batch_size=2)
    for _ in range(2):
        with autograd.record():
            out, states = cell(nd.ones((4, 2, 5)), states)
        out.backward()


def test_grad():
    x = variable([1, 2])
    x.grad[:] = 7
    with autograd.record():
        y = x * x
    found = autograd.grad(y, x)
    assert isinstance(found, list) and found[0].asnumpy().tolist() == [2, 4]
    assert x.grad.asnumpy().tolist() == [7, 7]  # not written
    with autograd.record():
        y = nd.sin(x)
        first = autograd.grad(y, [x], create_graph=True, retain_graph=True)[0]
        second = autograd.grad(first, [x], create_graph=True, retain_graph=True)[0]
    second.backward()
    assert np.allclose(x.grad.asnumpy(), -np.cos([1, 2]), rtol=1e-5)
    with pytest.raises(AssertionError):
        autograd.grad(y, [])


class Sigmoid(autograd.Function):
    def forward(self, x):
        y = 1 / (1 + nd.exp(-x))
        self.save_for_backward(y)
        return y

    def backward(self, dy):
        y, = self.saved_tensors
        return dy * y * (1 - y)


def test_function():
    x = variable([1, -2])
    function = Sigmoid()
    with autograd.record():
        y = function(x) * 2
    y.backward()
    expected = 1 / (1 + np.exp([-1, 2]))
    assert np.allclose(x.grad.asnumpy(), 2 * expected * (1 - expected))
    assert np.allclose(Sigmoid()(nd.array([1])).asnumpy(), expected[:1])  # without recording
    with pytest.raises(AssertionError):
        function(x)


def test_function_of_several():
    class AddAndMultiply(autograd.Function):
        def forward(self, a, b):
            assert modes() == (False, True)
            return a + b, a * b

        def backward(self, da, db):
            return da + db, 2 * da + 3 * db

    a, b = variable([1, 2]), variable([3, 4])
    with autograd.record():
        total, product = AddAndMultiply()(a, b)
        y = total + product * 10
    y.backward()
    assert a.grad.asnumpy().tolist() == [11, 11] and b.grad.asnumpy().tolist() == [32, 32]


def test_errors_keep_their_kind_and_traceback():
    class Broken(autograd.Function):
        def forward(self, x):
            return x * 1

        def backward(self, dy):
            raise LookupError("not today")

    x = variable([1])
    with autograd.record():
        y = Broken()(x)
    with pytest.raises(LookupError, match="not today") as caught:
        y.backward()
    assert "not today" in "".join(traceback.format_tb(caught.value.__traceback__)) \
        or any("backward" in line for line in traceback.format_tb(caught.value.__traceback__))
    assert modes() == (False, False)


def test_what_was_recorded_is_let_go():
    class Holder(autograd.Function):
        def forward(self, x):
            return x * 1

        def backward(self, dy):
            return dy

    x = variable([1])
    holder = Holder()
    alive = weakref.ref(holder)
    with autograd.record():
        y = holder(x)
    del holder
    assert alive() is not None
    y.backward()
    del y
    gc.collect()
    assert alive() is None


def test_unused_operators_leave_gradients_alone():
    x = variable([1, 2])
    x.grad[:] = 5
    with autograd.record():
        nd.ones((2,)) * 2
    assert x.grad.asnumpy().tolist() == [5, 5]
    with autograd.record():
        nd.Dropout(x, p=0.5)
    assert np.array_equal(nd.Dropout(x, p=0.5).asnumpy(), [1, 2])


def test_get_symbol():
    x, z = variable([3]), variable([4])
    with autograd.record():
        y = x * x + 2 * z - 1
        w = nd.split(nd.concat(x, z, dim=0), num_outputs=2, axis=0)[1] * nd.ones((1,))
    graph = autograd.get_symbol(y)
    assert len(graph.list_arguments()) == 2
    assert graph.eval(**dict(zip(graph.list_arguments(), [x, z])))[0].asscalar() == 16
    graph = autograd.get_symbol(w)
    assert len(graph.list_arguments()) == 3  # nd.ones, too
    given = dict(zip(graph.list_arguments(), [x, z, nd.ones((1,))]))
    assert graph.eval(**given)[0].asscalar() == 4
    y.backward()
    for array in (y, nd.ones((1,))):
        with pytest.raises(mx.MXNetError):
            autograd.get_symbol(array)


def test_get_symbol_of_a_hybridized_network():
    net = mx.gluon.nn.HybridSequential()
    net.add(mx.gluon.nn.Dense(2, in_units=3, activation='relu'), mx.gluon.nn.BatchNorm(in_channels=2))
    net.initialize(mx.init.One())
    net.hybridize()
    x = variable([[1, 2, 3], [3, 2, 0]])
    with autograd.record(train_mode=False):
        y = net(2 * x) + 1
    graph = autograd.get_symbol(y)
    assert [node['op'] for node in json.loads(graph.tojson())['nodes'] if node['op'] != 'null'] == [
        '_mul_scalar', 'FullyConnected', 'Activation', 'BatchNorm', '_plus_scalar']
    assert len(graph.list_arguments()) == 5 and len(graph.list_auxiliary_states()) == 2


def test_gradients_of_something_linear_have_gradients_of_0():
    x = variable([1, 2])
    with autograd.record():
        slope = autograd.grad(mx.nd.radians(x), x, create_graph=True)[0]
    slope.backward()
    assert x.grad.asnumpy().tolist() == [0, 0]
    with autograd.record():
        dropped = mx.nd.Dropout(x, p=0.5)
        slope = autograd.grad(dropped, x, create_graph=True)[0]
        bend = autograd.grad(slope * 3, x, create_graph=True)[0]
        assert autograd.grad(bend, x)[0].asnumpy().tolist() == [0, 0]
    assert bend.asnumpy().tolist() == [0, 0]
    with autograd.record():  # a part of it depends, the other does not
        slope = autograd.grad(x * x + 5 * x, x, create_graph=True)[0]
    slope.backward()
    assert x.grad.asnumpy().tolist() == [2, 2]


def test_a_gradient_is_not_lost_in_what_is_written_in_place():
    y = variable([1, 2])
    whole = [lambda x: x.__setitem__(slice(None), y), lambda x: x.__setitem__(Ellipsis, y), y.copyto]
    for write in whole:
        x = mx.nd.zeros((2,))
        with autograd.record():
            write(x)
            loss = (x * 3 + y).sum()
        loss.backward()
        assert y.grad.asnumpy().tolist() == [4, 4]
    x = mx.nd.zeros((2, 2))
    with autograd.record():
        z = y * 2
        for key in (0, slice(0, 1), [0, 1], (slice(None), 1)):
            with pytest.raises(mx.MXNetError, match="Inplace operations"):
                x[key] = z
        for place in (x, x[0], mx.nd.zeros((2,), dtype="float64"), mx.nd.zeros((2,), ctx=mx.cpu(1))):
            with pytest.raises(mx.MXNetError, match="Inplace operations"):
                place[:] = z
        with pytest.raises(mx.MXNetError, match="Inplace operations"):
            z[0] = 1
        x[0] = z.detach()
        with autograd.pause():
            x[1] = z
    assert x.asnumpy().tolist() == [[2, 4], [2, 4]]
