"""Cells unrolled over samples of different lengths."""
import numpy as np
import pytest

import gluino as mx
from gluino import autograd, nd
from gluino.gluon import contrib, rnn

X = np.random.RandomState(0).uniform(-1, 1, (2, 5, 3)).astype('float32')
LENGTHS = [2, 5]


def initialized(cell):
    cell.initialize(mx.init.Uniform(0.5))
    return cell


@pytest.mark.parametrize('make', [
    lambda: rnn.GRUCell(3),
    lambda: rnn.ResidualCell(rnn.GRUCell(3)),
    lambda: rnn.BidirectionalCell(rnn.LSTMCell(4), rnn.GRUCell(4)),
    lambda: contrib.rnn.VariationalDropoutCell(rnn.GRUCell(3), 0.5),
])
def test_samples_with_ends_come_as_one_array(make):
    cell = initialized(make())
    outputs, _ = cell.unroll(5, nd.array(X), valid_length=nd.array(LENGTHS))
    assert outputs.shape[:2] == (2, 5)
    apart, _ = cell.unroll(5, nd.array(X), valid_length=nd.array(LENGTHS), merge_outputs=False)
    assert isinstance(apart, list)
    np.testing.assert_array_equal(outputs.asnumpy()[:, 1], apart[1].asnumpy())


@pytest.mark.parametrize('dtype', ['int32', 'int64', 'uint8', 'float64'])
def test_lengths_of_any_type(dtype):
    cell = initialized(rnn.BidirectionalCell(rnn.LSTMCell(4), rnn.GRUCell(4)))
    expected, ends = cell.unroll(5, nd.array(X), valid_length=nd.array(LENGTHS))
    got, states = cell.unroll(5, nd.array(X), valid_length=nd.array(LENGTHS, dtype=dtype))
    for mine, wanted in zip([got, *states], [expected, *ends]):
        np.testing.assert_array_equal(mine.asnumpy(), wanted.asnumpy())


def test_no_steps_and_more_than_there_are():
    cell = initialized(rnn.LSTMCell(4))
    begin = [nd.ones((2, 4)), nd.ones((2, 4)) * 2]
    outputs, states = cell.unroll(5, nd.array(X), begin, valid_length=nd.array([0, 7]))
    whole, ends = cell.unroll(5, nd.array(X), begin, merge_outputs=True)
    assert (outputs.asnumpy()[0] == 0).all()
    np.testing.assert_array_equal(outputs.asnumpy()[1], whole.asnumpy()[1])
    for state, first, end in zip(states, begin, ends):
        np.testing.assert_array_equal(state.asnumpy()[0], first.asnumpy()[0])
        np.testing.assert_array_equal(state.asnumpy()[1], end.asnumpy()[1])


def test_states_of_more_axes():
    cell = initialized(contrib.rnn.Conv1DLSTMCell((3, 6), 2, 3, 3, 1))
    x = np.random.RandomState(1).uniform(-1, 1, (2, 4, 3, 6)).astype('float32')
    outputs, states = cell.unroll(4, nd.array(x), valid_length=nd.array([1, 4]))
    alone, ends = cell.unroll(1, nd.array(x[:1, :1]), merge_outputs=True)
    np.testing.assert_allclose(outputs.asnumpy()[0, :1], alone.asnumpy()[0], rtol=1e-5, atol=1e-6)
    assert (outputs.asnumpy()[0, 1:] == 0).all()
    for state, end in zip(states, ends):
        np.testing.assert_allclose(state.asnumpy()[0], end.asnumpy()[0], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize('layout', ['NTC', 'TNC'])
def test_loops_drop_out_with_lengths_too(layout):
    cell = initialized(rnn.LSTMCell(20, input_size=3))
    x = nd.array(X if layout == 'NTC' else X.transpose(1, 0, 2))
    with autograd.record():
        outputs, _ = contrib.rnn.rnn_cell.dynamic_unroll(
            cell, x, cell.begin_state(2), drop_outputs=0.5, layout=layout,
            valid_length=nd.array([5, 5]))
    dropped = outputs.asnumpy() == 0
    assert 0.2 < dropped.mean() < 0.8
    time = layout.find('T')
    assert (dropped == dropped.take([0], axis=time)).all()  # one mask for all steps
