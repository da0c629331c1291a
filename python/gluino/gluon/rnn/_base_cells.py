"""What all recurrent cells share."""
from ... import ndarray
from ...ndarray import NDArray
from ...util import is_np_array
from ..block import Block, HybridBlock
from . import _sequences as sequences


def zeros(shape, **kwargs):
    if is_np_array():
        from ... import numpy as mx_np
        return mx_np.zeros(shape, **kwargs)
    return ndarray.zeros(shape, **kwargs)


def expect_not_modified(cell):
    """Raises AssertionError for a cell that a modifier cell, such as a ZoneoutCell, holds."""
    assert not cell._modified, (
        f'this {type(cell).__name__} is inside of a modifier cell, which is to be called in its '
        'place')


class RecurrentCell(Block):
    """One step of a recurrent network. Derive from it with `state_info` and `forward(inputs,
    states)`, which returns the output and the list of new states."""

    def __init__(self, prefix=None, params=None):
        super().__init__(prefix=prefix, params=params)
        self._modified = False
        self.reset()

    def reset(self):
        """Begins a new sequence: counters of names, and masks that steps share, begin anew.
        `unroll` does it."""
        self._init_counter = -1
        self._counter = -1
        for cell in self._children.values():
            cell.reset()

    def state_info(self, batch_size=0):
        """Shape and layout of each state, as dictionaries."""
        raise NotImplementedError(f'{type(self).__name__} does not say what its states are')

    def begin_state(self, batch_size=0, func=None, **kwargs):
        """The states of the first step: zeros, or what `func(shape=..., **kwargs)` makes."""
        expect_not_modified(self)
        states = []
        for info in self.state_info(batch_size):
            self._init_counter += 1
            options = {**kwargs, 'shape': info['shape']}
            if func is None or func is ndarray.zeros:
                states.append(zeros(**options))
            else:
                states.append(func(name=f'{self._prefix}begin_state_{self._init_counter}',
                                   **options))
        return states

    def _first_states(self, F, inputs, layout, begin_state):
        """`begin_state`, or zeros for these inputs."""
        if begin_state is not None:
            return begin_state
        if F is ndarray:
            step = inputs[0] if isinstance(inputs, (list, tuple)) else inputs
            return self.begin_state(sequences.batch_size_of(inputs, layout), ctx=step.context,
                                    dtype=step.dtype)
        # The number of samples is not known: zeros are made of the inputs.
        return [sequences.zeros_for(inputs, layout, info['shape'][1:],
                                    f'{self._prefix}begin_state_{i}')
                for i, info in enumerate(self.state_info())]

    def unroll(self, length, inputs, begin_state=None, layout='NTC', merge_outputs=None,
               valid_length=None):
        """Runs `length` steps.

        Parameters
        ----------
        inputs
            an array or symbol of the `layout` 'NTC' or 'TNC', or a list with one for each step
        begin_state
            the first states; zeros unless given
        merge_outputs
            whether the outputs come as one array (True) or a list (False); None: a list, or with
            `valid_length` one array
        valid_length
            the number of steps of each sample, (N,). Outputs beyond are 0, and the states those
            of the last step within; a sample without steps keeps its first states.

        Returns the outputs, and the states after the last step.
        """
        # Names of steps begin anew in each unrolling.
        self.reset()
        F = sequences.namespace_of(inputs)
        first = states = self._first_states(F, inputs, layout, begin_state)
        outputs, history = [], []
        for step in sequences.step_list(length, inputs, layout):
            output, states = self(step, states)
            outputs.append(output)
            if valid_length is not None:
                history.append(states)
        if valid_length is not None:
            states = [sequences.last_valid(begin, steps, valid_length)
                      for begin, steps in zip(first, zip(*history))]
            outputs = sequences.mask_steps(outputs, valid_length)
        return sequences.merged(outputs, layout, merge_outputs, valid_length), states

    def _get_activation(self, F, inputs, activation, **kwargs):
        """The activation: one of the functions of `Activation`, LeakyReLU's, or a block."""
        if callable(activation) and not isinstance(activation, str):
            return activation(inputs)
        F = sequences.operators_for(inputs)
        if activation in ('tanh', 'sigmoid', 'relu', 'softsign', 'softrelu', 'log_sigmoid', 'mish'):
            return F.Activation(inputs, act_type=activation, **kwargs)
        return F.LeakyReLU(inputs, act_type=activation, **kwargs)

    def forward(self, inputs, states):
        """One step: the output, and the new states."""
        # Steps of a graph are told apart by their numbers.
        self._counter += 1
        return super().forward(inputs, states)


class HybridRecurrentCell(RecurrentCell, HybridBlock):
    """The same as a HybridBlock: derive from it with `state_info` and `hybrid_forward(F, inputs,
    states, ...)`."""

    def __init__(self, prefix=None, params=None):
        super().__init__(prefix=prefix, params=params)

    def hybrid_forward(self, F, x, *args, **kwargs):
        """One step: the output, and the new states."""
        raise NotImplementedError(f'{type(self).__name__} does not say what a step computes')


class ModifierCell(HybridRecurrentCell):
    """A cell that changes what another cell gives. The parameters are that one's."""

    def __init__(self, base_cell):
        assert not base_cell._modified, (
            f'{base_cell.name} is in a modifier cell already; put that one into this')
        base_cell._modified = True
        super().__init__(prefix=base_cell.prefix + self._alias(), params=None)
        self.base_cell = base_cell

    @property
    def params(self):
        """Those of the cell inside."""
        return self.base_cell.params

    def state_info(self, batch_size=0):
        """Those of the cell inside."""
        return self.base_cell.state_info(batch_size)

    def begin_state(self, func=None, **kwargs):
        """Those of the cell inside."""
        expect_not_modified(self)
        if isinstance(func, int):  # as begin_state(batch_size), which other cells take
            kwargs['batch_size'], func = func, None
        self.base_cell._modified = False
        try:
            return self.base_cell.begin_state(func=func, **kwargs)
        finally:
            self.base_cell._modified = True

    def hybrid_forward(self, F, inputs, states):
        """One step."""
        raise NotImplementedError(f'{type(self).__name__} does not say what a step computes')

    def __repr__(self):
        return f'{type(self).__name__}({self.base_cell!r})'
