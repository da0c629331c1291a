"""Checks of symbols: right ones pass, wrong ones do not."""
import numpy as np
import pytest

import gluino as mx
from gluino.test_utils import (check_consistency, check_numeric_gradient, check_speed,
                               check_symbolic_backward, check_symbolic_forward,
                               same_symbol_structure, simple_forward)

ONES = np.ones((2, 2))


@pytest.fixture
def s():
    x, y = mx.sym.var("x"), mx.sym.var("y")
    return x * y + x


def test_gradients_of_whole_numbers_are_nought():
    data, length = mx.sym.var("data"), mx.sym.var("length", dtype=np.int32)
    rows = mx.sym.softmax(data, length=length, axis=1, use_length=True)
    location = [mx.nd.array([[0, 1], [2, 3]]), mx.nd.array([1, 2], dtype="int32")]
    for req in ("write", "add"):
        found = check_symbolic_backward(rows, location, [ONES], [ONES * 0, np.zeros(2)],
                                        dtype="asnumpy", grad_req=req, atol=1e-6)
        assert found["length"].shape == (2,)
    with pytest.raises(AssertionError, match="EXPECTED_length"):
        check_symbolic_backward(rows, location, [ONES], [ONES * 0, np.ones(2)], dtype="asnumpy",
                                atol=1e-6)


def test_states_may_be_given_sparse():
    data = mx.sym.BatchNorm(mx.sym.var("data"), name="norm", fix_gamma=False, use_global_stats=True)
    states = [mx.nd.zeros((2,)), mx.nd.ones((2,)).tostype("row_sparse")]
    check_numeric_gradient(data, [ONES, np.ones(2), np.ones(2)], states, rtol=0.01, atol=0.01)


def test_forward(s):
    for expected in ([ONES * 2], {s.list_outputs()[0]: ONES * 2}):
        outputs = check_symbolic_forward(s, [ONES, ONES], expected)
        assert outputs[0].asnumpy().tolist() == [[2, 2], [2, 2]]
    with pytest.raises(AssertionError, match="EXPECTED"):
        check_symbolic_forward(s, {"x": ONES, "y": ONES}, [ONES * 3])
    with pytest.raises(ValueError, match="z"):
        check_symbolic_forward(s, {"x": ONES, "z": ONES}, [ONES * 2])
    with pytest.raises(ValueError, match="y"):
        check_symbolic_forward(s, [ONES], [ONES * 2])


def test_backward(s):
    location, heads, right = [ONES, ONES], [ONES], [ONES * 2, ONES]
    for req in ("write", "add"):
        check_symbolic_backward(s, location, heads, right, grad_req=req)
    grads = check_symbolic_backward(s, location, heads, {"x": ONES * 2},
                                    grad_req={"x": "write", "y": "null"})
    assert grads["x"].asnumpy().tolist() == [[2, 2], [2, 2]]
    with pytest.raises(AssertionError, match="EXPECTED_x"):
        check_symbolic_backward(s, location, heads, [ONES * 3, ONES])


def test_numeric_gradient(s):
    check_numeric_gradient(s, [ONES, ONES])
    check_numeric_gradient(s, [ONES, ONES], dtype=np.float64, grad_nodes={"x": "add", "y": "null"},
                           rtol=1e-6, atol=1e-8)
    x = mx.sym.var("x")
    wrong = mx.sym.BlockGrad(x) * x
    with pytest.raises(AssertionError, match="NUMERICAL_x"):
        check_numeric_gradient(wrong, [ONES])


def test_numeric_gradient_with_states():
    norm = mx.sym.BatchNorm(mx.sym.var("data"), fix_gamma=False, name="bn")
    np.random.seed(1)
    check_numeric_gradient(norm, [np.random.randn(4, 2), np.ones(2), np.zeros(2)],
                           [np.zeros(2), np.ones(2)], numeric_eps=1e-3, rtol=1e-2, atol=1e-3,
                           dtype=np.float64)


def test_consistency(s):
    entries = [{"ctx": mx.cpu(i), "x": (2, 2), "y": (2, 2), "type_dict": {"x": t, "y": t}}
               for i, t in enumerate((np.float64, np.float32))]
    truth = check_consistency(s, entries)
    assert set(truth) == {s.list_outputs()[0], "x", "y"}
    assert truth["x"].dtype == np.float64
    with pytest.raises(AssertionError):
        check_consistency([s, s * 2], entries)


def test_speed(s):
    assert check_speed(s, x=(2, 2), y=(2, 2), N=2) > 0
    assert check_speed(s, {"x": ONES, "y": ONES}, N=2, typ="forward") > 0
    with pytest.raises(ValueError):
        check_speed(s, x=(2, 2), y=(2, 2), typ="backward")


def test_simple_forward_and_structure(s):
    assert simple_forward(s, x=ONES, y=ONES).tolist() == [[2, 2], [2, 2]]
    assert len(simple_forward(mx.sym.Group([s, s]), x=ONES, y=ONES)) == 2
    a, b = mx.sym.var("a"), mx.sym.var("b")
    assert same_symbol_structure(a * b + a, s)
    assert not same_symbol_structure(a + b, a * b)


def test_head_gradients_have_the_outputs_types():
    places = mx.sym.contrib.index_array(mx.sym.var("data"))  # int64
    check_symbolic_backward(places, [np.ones((2, 2))], [np.ones((2, 2, 2))], [np.zeros((2, 2))])


def test_small_steps_are_not_lost_in_large_sums():
    """Differences are taken element by element: 1e-4 of one of a thousand would be lost in the sum."""
    wide = mx.sym.var("x") * 1.5 + 100
    check_numeric_gradient(wide, [np.ones(1000)], numeric_eps=1e-2, rtol=1e-2, atol=1e-3)
    parts = mx.sym.split(mx.sym.var("x") ** 2, num_outputs=2, axis=0)
    check_numeric_gradient(parts, [np.arange(1, 5.)], numeric_eps=1e-3, rtol=1e-2, atol=1e-3)


def test_types_of_what_is_given():
    twice = mx.sym.var('x') * 2
    for given, dtype, expected in ((np.arange(3), np.float32, 'float32'),
                                   (np.arange(3), np.float64, 'float64'),
                                   (np.arange(3, dtype='int32'), 'asnumpy', 'int32'),
                                   (mx.nd.arange(3, dtype='int32'), np.float32, 'int32')):
        output, = check_symbolic_forward(twice, [given], [np.arange(3) * 2], dtype=dtype)
        assert output.dtype == np.dtype(expected)
    check_symbolic_backward(twice, [np.arange(3)], [np.ones(3, 'uint8')], [np.full(3, 2)])


def test_differences_of_many_elements():
    x = np.random.RandomState(0).uniform(-9, 9, (40, 50))
    check_numeric_gradient(mx.sym.var('x') * 3, [x], numeric_eps=2 ** -9, rtol=1e-4, atol=5e-3)
