"""Sequences as one array (N, T, C) or (T, N, C), and as a list with an array for each step."""
from ... import ndarray, symbol
from ...ndarray import NDArray
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
    return _as_list(operators_for(inputs).split(inputs, num_outputs=length, axis=axis,
                                                squeeze_axis=True))


def merged(steps, layout, merge, valid_length=None):
    """One array if `merge`, a list if it is False, and what there is if it is None: one array, if
    samples have ends."""
    if merge is None and valid_length is not None:
        merge = True
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
    """`step` where `samples` (N,), of whatever type, are not 0, and 0 elsewhere."""
    return _either(F, samples, step, F.zeros_like(step))


def mask_steps(steps, valid_length):
    """The steps, with 0 from each sample's end on."""
    F = operators_for(steps)
    return [_chosen(F, valid_length > i, step) for i, step in enumerate(steps)]


def last_valid(first, steps, valid_length):
    """Of each sample the array of its last step, or the `first` one if it has no steps."""
    F = operators_for(steps)
    result = first
    for i, step in enumerate(steps):
        result = _either(F, valid_length > i, step, result)
    return result


def reversed_steps(steps, valid_length):
    """The steps from the last to the first; with `valid_length` only those within each sample,
    and the rest where it was."""
    if valid_length is None:
        return list(reversed(steps))
    F = operators_for(steps)
    return _as_list(F.split(turned(F, F.stack(*steps, axis=0), valid_length),
                            num_outputs=len(steps), axis=0, squeeze_axis=True))


def turned(F, data, lengths):
    """data (T, ...) from the last step to the first; with `lengths` (N,) those of each sample, the
    rest where it was."""
    if lengths is None:
        return F.SequenceReverse(data)
    return F.SequenceReverse(data, lengths, use_sequence_length=True)


def looped(F, cell, data, states, lengths=None):
    """Runs a cell over data (T, N, ...) by a loop that is part of the graph. With `lengths` (N,)
    states stay as they are behind each sample's end, and outputs are 0 there."""
    if lengths is None:
        return F.contrib.foreach(cell, data, states)

    def step(inputs, carried):
        time, *old = carried
        output, new = cell(inputs, old)
        return output, [time + 1, *(_either(F, lengths > time, *pair) for pair in zip(new, old))]

    outputs, (_, *after) = F.contrib.foreach(step, data, [F.zeros_like(lengths), *states])
    return F.SequenceMask(outputs, lengths, use_sequence_length=True), after


def _either(F, samples, first, second):
    """`first` where `samples` (N,) are not 0, `second` elsewhere; of any number of axes."""
    return F.where(F.Reshape(samples, shape=(-1,)), first, second)
