"""Cells made of cells: one after the other, and one for each direction."""
from . import _sequences as sequences
from ._base_cells import HybridRecurrentCell, RecurrentCell, expect_not_modified


def _states_of(cells, batch_size):
    return [info for cell in cells for info in cell.state_info(batch_size)]


def _begin_states_of(cells, kwargs):
    return [state for cell in cells for state in cell.begin_state(**kwargs)]


class _Sequence:
    """What SequentialRNNCell and its hybrid kind share."""

    def add(self, cell):
        """Adds a cell behind the others."""
        self.register_child(cell)

    def __repr__(self):
        cells = '\n'.join(f'({name}): {cell!r}' for name, cell in self._children.items())
        return f'{type(self).__name__}(\n{cells}\n)'

    def __len__(self):
        return len(self._children)

    def __getitem__(self, i):
        return self._children[str(i if i >= 0 else len(self) + i)]

    def state_info(self, batch_size=0):
        """The states of all cells, in order."""
        return _states_of(self._children.values(), batch_size)

    def begin_state(self, batch_size=0, **kwargs):
        """The first states of all cells, in order."""
        expect_not_modified(self)
        return _begin_states_of(self._children.values(), {'batch_size': batch_size, **kwargs})

    def _step(self, inputs, states):
        next_states = []
        at = 0
        for cell in self._children.values():
            assert not getattr(cell, '_bidirectional', False), (
                'a BidirectionalCell has no single step; unroll it')
            count = len(cell.state_info())
            inputs, new = cell(inputs, states[at:at + count])
            at += count
            next_states.extend(new)
        return inputs, next_states

    def unroll(self, length, inputs, begin_state=None, layout='NTC', merge_outputs=None,
               valid_length=None):
        """As RecurrentCell.unroll: each cell takes the whole sequence before the next one."""
        self.reset()
        F = sequences.namespace_of(inputs)
        states = self._first_states(F, inputs, layout, begin_state)
        next_states = []
        at = 0
        cells = list(self._children.values())
        for i, cell in enumerate(cells):
            count = len(cell.state_info())
            inputs, new = cell.unroll(
                length, inputs, begin_state=states[at:at + count], layout=layout,
                merge_outputs=None if i < len(cells) - 1 else merge_outputs,
                valid_length=valid_length)
            at += count
            next_states.extend(new)
        return inputs, next_states

    @property
    def _bidirectional(self):
        return any(getattr(cell, '_bidirectional', False) for cell in self._children.values())


class SequentialRNNCell(_Sequence, RecurrentCell):  # type: ignore[misc]
    """Cells one after the other."""

    def __init__(self, prefix=None, params=None):
        super().__init__(prefix=prefix, params=params)

    def __call__(self, inputs, states):
        self._counter += 1
        return self._step(inputs, states)

    def hybrid_forward(self, *args, **kwargs):
        """A SequentialRNNCell is no HybridBlock: NotImplementedError."""
        raise NotImplementedError('SequentialRNNCell has no hybrid_forward; use '
                                  'HybridSequentialRNNCell')


class HybridSequentialRNNCell(_Sequence, HybridRecurrentCell):  # type: ignore[misc]
    """Cells one after the other, all of them hybrid."""

    def __init__(self, prefix=None, params=None):
        super().__init__(prefix=prefix, params=params)

    def __call__(self, inputs, states):
        return super().__call__(inputs, states)

    def hybrid_forward(self, F, inputs, states):
        return self._step(inputs, states)


class BidirectionalCell(HybridRecurrentCell):
    """One cell from the first step to the last, and one from the last to the first. A step's
    output is both cells' outputs joined along the last axis. It can only be unrolled."""

    _bidirectional = True

    def __init__(self, l_cell, r_cell, output_prefix='bi_'):
        super().__init__(prefix='', params=None)
        self.register_child(l_cell, 'l_cell')
        self.register_child(r_cell, 'r_cell')
        self._output_prefix = output_prefix

    def __call__(self, inputs, states):
        raise NotImplementedError('a BidirectionalCell takes no single step, since it reads from '
                                  'both ends; call unroll')

    def __repr__(self):
        return (f'{type(self).__name__}(forward={self._children["l_cell"]!r}, '
                f'backward={self._children["r_cell"]!r})')

    def state_info(self, batch_size=0):
        """The states of both cells."""
        return _states_of(self._children.values(), batch_size)

    def begin_state(self, batch_size=0, **kwargs):
        """The first states of both cells."""
        expect_not_modified(self)
        return _begin_states_of(self._children.values(), {'batch_size': batch_size, **kwargs})

    def unroll(self, length, inputs, begin_state=None, layout='NTC', merge_outputs=None,
               valid_length=None):
        """As RecurrentCell.unroll. With `valid_length` the second cell begins at the end of each
        sample."""
        self.reset()
        F = sequences.namespace_of(inputs)
        steps = sequences.step_list(length, inputs, layout)
        states = self._first_states(F, inputs, layout, begin_state)
        forward, backward = self._children.values()
        count = len(forward.state_info())

        def run(cell, cell_inputs, cell_states):
            outputs, new = cell.unroll(len(steps), cell_inputs, begin_state=cell_states,
                                       layout=layout, merge_outputs=False,
                                       valid_length=valid_length)
            return outputs, new

        l_outputs, l_states = run(forward, steps, states[:count])
        turned = sequences.reversed_steps(steps, valid_length)
        r_outputs, r_states = run(backward, turned, states[count:])
        r_outputs = sequences.reversed_steps(r_outputs, valid_length)
        outputs = [self._join(i, left, right)
                   for i, (left, right) in enumerate(zip(l_outputs, r_outputs))]
        return (sequences.merged(outputs, layout, merge_outputs, valid_length),
                l_states + r_states)

    def _join(self, i, left, right):
        return sequences.operators_for(left).Concat(left, right, dim=1,
                                                    name=f'{self._output_prefix}t{i}')
