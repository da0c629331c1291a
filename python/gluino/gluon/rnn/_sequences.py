"""Sequences as one array (N, T, C) or (T, N, C), and as a list with an array for each step."""
from ... import ndarray, symbol
from ...ndarray import NDArray
from ...util import is_np_array
from ..nn._faces import operators


def namespace_of(value):
    """mx.nd for arrays, mx.sym for symbols, or lists of them."""
    return ndarray if isinstance(_first(value), NDArray) else symbol


def _first(value):
    return value[0] if isinstance(value, (list, tuple)) else value


def operators_for(value):
    """The operators for arrays or symbols of either face, or lists of them."""
    return operators(namespace_of(value), _first(value))


def time_axis(layout):
    """The axis of time."""
    return layout.find('T')


def stacked(steps, axis):
    """The steps joined along a new axis."""
    return operators_for(steps).stack(*steps, axis=axis)


def _as_list(outputs):
    return [outputs] if isinstance(outputs, NDArray) else list(outputs)


def step_list(length, inputs, layout):
    """The arrays (N, C) of `length` steps."""
    if isinstance(inputs, (list, tuple)):
        assert length is None or len(inputs) == length, (
            f'expected {length} steps, got a list of {len(inputs)}')
        return list(inputs)
    axis = time_axis(layout)
    if isinstance(inputs, NDArray):
        assert length is None or inputs.shape[axis] == length, (
            f'expected {length} steps, got {inputs.shape[axis]} along axis {axis} of an array '
            f'of shape {inputs.shape}')
        length = inputs.shape[axis]
    assert length is not None, 'the number of steps of a symbol must be given'
    return _as_list(operators_for(inputs).SliceChannel(inputs, num_outputs=length, axis=axis,
                                                       squeeze_axis=True))


def merged(steps, layout, merge):
    """One array if `merge`, a list if it is False, and what there is if it is None."""
    if merge is None or merge == (not isinstance(steps, (list, tuple))):
        return steps
    return stacked(steps, time_axis(layout)) if merge else step_list(None, steps, layout)


def batch_size_of(inputs, layout):
    """The number of samples of arrays."""
    if isinstance(inputs, (list, tuple)):
        return inputs[0].shape[layout.replace('T', '').find('N')]
    return inputs.shape[layout.find('N')]


def zeros_for(inputs, layout, shape, name):
    """Zeros of that shape for each sample of symbols."""
    step = _first(inputs)
    F = operators_for(step)
    if not isinstance(inputs, (list, tuple)) and time_axis(layout) == 0:
        step = F.Reshape(F.slice_axis(step, axis=0, begin=0, end=1), shape=(-3, -1))
    first = F.slice_axis(F.Reshape(step, shape=(0, -1)), axis=1, begin=0, end=1)
    column = F.Reshape(F.zeros_like(first), shape=(0,) + (1,) * len(shape))
    return F.tile(column, reps=(1,) + tuple(shape), name=name)


def _chosen(F, samples, step):
    """`step` where `samples` (N,) are not 0, and 0 elsewhere."""
    everywhere = F.broadcast_mul(F.Reshape(samples, shape=(-1, 1)), F.ones_like(step))
    return F.where(everywhere, step, F.zeros_like(step))


def mask_steps(steps, valid_length):
    """The steps, with 0 from each sample's end on."""
    F = operators_for(steps)
    return [_chosen(F, valid_length > i, step) for i, step in enumerate(steps)]


def last_valid(steps, valid_length):
    """Of each sample the array of its last step: a sum in which one step counts."""
    F = operators_for(steps)
    result = None
    for i, step in enumerate(steps):
        part = _chosen(F, (valid_length > i) * (valid_length <= i + 1), step)
        result = part if result is None else result + part
    return result


def reversed_steps(steps, valid_length):
    """The steps from the last to the first; with `valid_length` only those within each sample,
    and the rest where it was."""
    if valid_length is None:
        return list(reversed(steps))
    if not isinstance(steps[0], NDArray):
        raise NotImplementedError('sequences of symbols in reverse, each from its own end: there '
                                  'is no operator SequenceReverse yet')
    F = operators_for(steps)
    rows = F.concat(*steps, dim=0)
    turned = F.take(rows, _reversed_rows(len(steps), steps[0].shape[0], valid_length))
    return _as_list(F.SliceChannel(turned, num_outputs=len(steps), axis=0))


def _reversed_rows(length, samples, valid_length):
    """Where in (length * samples) rows those of the reversed sequences stand."""
    ends = valid_length.as_nd_ndarray().astype('float32').reshape((1, -1))
    time = ndarray.arange(length, ctx=ends.context).reshape((-1, 1))
    within = ndarray.broadcast_lesser(time, ends)
    source = (within * ndarray.broadcast_sub(ends - 1, time) +
              ndarray.broadcast_mul(1 - within, time))
    rows = ndarray.broadcast_add(source * samples,
                                 ndarray.arange(samples, ctx=ends.context).reshape((1, -1)))
    rows = rows.reshape((-1,))
    return rows.as_np_ndarray() if is_np_array() else rows
