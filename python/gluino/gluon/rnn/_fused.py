"""Recurrent layers by the operator RNN, which takes all parameters as one row."""
from ...ndarray import NDArray


def run(F, data, states, weights, biases, **options):
    """Outputs and last states, a list, for data (T, N, C). `weights` are those of the inputs, of
    the states and of the projection of each layer and direction, `biases` those of the first two;
    `states` may end with the lengths of the sequences; `options` are those of the operator."""
    row = F.Concat(*[F.Reshape(part, shape=(-1,)) for part in weights + biases], dim=0)
    made = F.RNN(data, row, *states, state_outputs=True, **options)
    if not isinstance(made, (list, NDArray)):  # A symbol, also one that NumPy's keys cut.
        made = [made.output(i) for i in range(len(made))]
    return made[0], list(made[1:])


def zero_states(F, data, count, sizes, prefix):
    """Zeros (count, N, size) of each size, for a symbol (T, N, C) whose N is not known."""
    first = F.slice_axis(F.slice_axis(data, axis=0, begin=0, end=1), axis=2, begin=0, end=1)
    zeros = F.zeros_like(first)
    return [F.tile(zeros, reps=(count, 1, size), name=f'{prefix}h0_{i}')
            for i, size in enumerate(sizes)]


def with_columns_of(F, weight, data, rows):
    """The symbol of a weight (rows, C) whose C follows from data (T, N, C): a row of several
    parameters does not tell the shape of each, a sum with zeros does."""
    row = F.slice_axis(F.slice_axis(data, axis=0, begin=0, end=1), axis=1, begin=0, end=1)
    zeros = F.Reshape(F.zeros_like(row), shape=(1, -1))
    return F.elemwise_add(weight, F.tile(zeros, reps=(rows, 1)))
