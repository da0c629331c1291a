"""Sequences as one array (N, T, C) or (T, N, C), and as a list with an array for each step."""
from ... import ndarray, symbol
from ...ndarray import NDArray
from ...util import is_np_array


def namespace_of(value):
    """mx.nd for arrays, mx.sym for symbols, or lists of them."""
    first = value[0] if isinstance(value, (list, tuple)) else value
    return ndarray if isinstance(first, NDArray) else symbol


def axes_of(layout):
    """The axes of time and of samples."""
    return layout.find('T'), layout.find('N')


def stacked(F, steps, axis):
    """The steps joined along a new axis."""
    if is_np_array():
        return F.np.stack(steps, axis=axis)
    return F.stack(*steps, axis=axis)


def step_list(F, length, inputs, layout):
    """The arrays (N, C) of `length` steps."""
    axis, _ = axes_of(layout)
    if isinstance(inputs, (list, tuple)):
        assert length is None or len(inputs) == length, (
            f'expected {length} steps, got a list of {len(inputs)}')
        return list(inputs)
    if F is ndarray:
        assert length is None or inputs.shape[axis] == length, (
            f'expected {length} steps, got {inputs.shape[axis]} along axis {axis} of an array '
            f'of shape {inputs.shape}')
        length = inputs.shape[axis]
    assert length is not None, 'the number of steps of a symbol must be given'
    if is_np_array():
        return [F.np.squeeze(step, axis=axis) for step in F.np.split(inputs, length, axis=axis)]
    steps = F.split(inputs, num_outputs=length, axis=axis, squeeze_axis=True)
    if F is ndarray:
        return [steps] if isinstance(steps, NDArray) else list(steps)
    return list(steps)


def as_list(steps, layout):
    """The arrays of the steps, whatever they come in."""
    return step_list(namespace_of(steps), None, steps, layout)


def merged(F, steps, layout, merge):
    """One array if `merge`, a list if it is False, and what there is if it is None."""
    axis, _ = axes_of(layout)
    if merge is None or merge == (not isinstance(steps, (list, tuple))):
        return steps
    if merge:
        return stacked(F, steps, axis)
    return step_list(F, None, steps, layout)


def batch_size_of(inputs, layout):
    """The number of samples; 0, unknown, for symbols."""
    if namespace_of(inputs) is symbol:
        return 0
    if isinstance(inputs, (list, tuple)):
        return inputs[0].shape[layout.replace('T', '').find('N')]
    return inputs.shape[axes_of(layout)[1]]


def mask_steps(F, steps, valid_length, time_axis, merge):
    """The steps, with 0 from each sample's end on."""
    if is_np_array():
        masked = [F.np.where(_alive(F, i, valid_length, step), step, F.np.zeros_like(step))
                  for i, step in enumerate(steps)]
    else:
        masked = [F.where(_alive(F, i, valid_length, step), step, F.zeros_like(step))
                  for i, step in enumerate(steps)]
    return stacked(F, masked, time_axis) if merge else masked


def _alive(F, step, valid_length, like):
    """Whether step `step` is within each sample, in the shape of `like`."""
    alive = valid_length > step
    if is_np_array():
        return F.np.broadcast_to(alive.reshape((-1, 1)), like.shape)
    column = F.Reshape(alive, shape=(-1, 1))
    return F.broadcast_mul(column, F.ones_like(like))


def last_valid(F, steps, valid_length):
    """Of each sample the array of its last step: a sum in which one step counts."""
    result = None
    for i, step in enumerate(steps):
        is_last = (valid_length > i) * (valid_length <= i + 1)
        if is_np_array():
            part = F.np.where(F.np.broadcast_to(is_last.reshape((-1, 1)), step.shape), step,
                              F.np.zeros_like(step))
        else:
            chosen = F.broadcast_mul(F.Reshape(is_last, shape=(-1, 1)), F.ones_like(step))
            part = F.where(chosen, step, F.zeros_like(step))
        result = part if result is None else result + part
    return result


def reversed_steps(F, steps, valid_length):
    """The steps from the last to the first; with `valid_length` only those within each sample,
    and the rest where it was."""
    if valid_length is None:
        return list(reversed(steps))
    if F is not ndarray:
        raise NotImplementedError('sequences of symbols in reverse, each from its own end: there '
                                  'is no operator SequenceReverse yet')
    if is_np_array():
        steps = [step.as_nd_ndarray() for step in steps]
        valid_length = valid_length.as_nd_ndarray()
    length, samples, ctx = len(steps), steps[0].shape[0], steps[0].context
    time = F.arange(length, ctx=ctx).reshape((-1, 1))
    ends = valid_length.astype('float32').reshape((1, -1))
    within = F.broadcast_lesser(time, ends)
    turned = F.broadcast_sub(ends - 1, time)
    source = within * turned + F.broadcast_mul(1 - within, time)
    index = F.broadcast_add(source * samples, F.arange(samples, ctx=ctx).reshape((1, -1)))
    rows = F.concat(*steps, dim=0)
    turned_rows = F.take(rows, index.reshape((-1,)))
    result = F.split(turned_rows, num_outputs=length, axis=0)
    result = [result] if isinstance(result, NDArray) else list(result)
    return [step.as_np_ndarray() for step in result] if is_np_array() else result
