"""Loops and branches, eager and as nodes."""
import gluino as mx
import numpy as np
import pytest
from gluino import autograd, nd, sym


def lists(array):
    return array.asnumpy().tolist()


def test_foreach():
    outputs, state = nd.contrib.foreach(lambda x, s: (x + s, s + x), nd.arange(4), nd.zeros((1,)))
    assert lists(outputs) == [[0], [1], [3], [6]] and lists(state) == [6]
    outputs, states = nd.contrib.foreach(
        lambda x, s: ([x[0] * s[0], [x[1]]], [s[0] + 1]),
        [nd.arange(3), nd.ones((3, 2))], [nd.ones((1,))])
    assert lists(outputs[0]) == [[0], [2], [6]] and outputs[1][0].shape == (3, 2)
    assert lists(states[0]) == [4]
    x = nd.array([1, 2, 3])
    x.attach_grad()
    with autograd.record():
        _, product = nd.contrib.foreach(lambda a, s: (a, s * a), x, nd.ones((1,)))
    product.backward()
    assert lists(x.grad) == [6, 3, 2]


def test_while_loop():
    outputs, (i, total) = nd.contrib.while_loop(
        lambda i, s: i < 3, lambda i, s: ([i + s], [i + 1, s + i]),
        [nd.array([0]), nd.array([1])], max_iterations=5)
    assert lists(i) == [3] and lists(total) == [4] and outputs[0].shape == (5, 1)
    assert lists(outputs[0])[:3] == [[1], [2], [4]]
    with pytest.raises(ValueError):
        nd.contrib.while_loop(lambda i: i < 3, lambda i: (i, i + 1), nd.array([0]))


def test_cond():
    for pred, expected in ((1, [1, 1]), (0, [0, 0])):
        assert lists(nd.contrib.cond(nd.array([pred]), lambda: nd.ones((2,)),
                                     lambda: nd.zeros((2,)))) == expected


def test_errors_of_functions_arrive():
    def broken(*args):
        raise LookupError("not today")

    for call in (lambda: nd.contrib.foreach(broken, nd.arange(3), nd.zeros((1,))),
                 lambda: nd.contrib.while_loop(broken, broken, [nd.zeros((1,))], max_iterations=2),
                 lambda: nd.contrib.cond(nd.ones((1,)), broken, broken),
                 lambda: sym.contrib.foreach(broken, sym.var("x"), sym.var("s"))):
        with pytest.raises(LookupError, match="not today") as caught:
            call()
        assert caught.traceback[-1].name == "broken"
    with pytest.raises(AssertionError):
        nd.contrib.foreach(lambda x, s: (x, s), 3, nd.zeros((1,)))


def test_as_nodes():
    data, state = sym.var("data"), sym.var("state")
    outputs, last = sym.contrib.foreach(lambda x, s: (x * s, s + 1), data, state)
    executor = sym.Group([outputs, last]).bind(
        mx.cpu(), {"data": nd.arange(3).reshape((3, 1)), "state": nd.ones((1,))})
    found = executor.forward()
    assert lists(found[0]) == [[0], [2], [6]] and lists(found[1]) == [4]
    pred = sym.var("pred")
    branch = sym.contrib.cond(pred, lambda: data * 2, lambda: data - 1)
    for value, expected in ((1, [4]), (0, [1])):
        result, = branch.eval(pred=nd.array([value]), data=nd.array([2]))
        assert lists(result) == expected
    assert np.allclose(nd.contrib.isnan(nd.array([1, np.nan])).asnumpy(), [0, 1])
