"""Cells made of cells: one on the other, and one in each direction."""
from .. import symbol
from ..gluon.rnn._base_cells import expect_not_modified
from ._base import BaseRNNCell, arranged, joined, parts_of, steps_of

__all__ = ['SequentialRNNCell', 'BidirectionalCell']


class _CellOfCells(BaseRNNCell):
    """A cell whose states and weights are those of the cells in it."""

    def __init__(self, cells, prefix, params):
        super().__init__(prefix=prefix, params=params)
        self._override_cell_params = params is not None
        self._cells = []
        for cell in cells:
            self._adopt(cell)

    def _adopt(self, cell):
        self._cells.append(cell)
        assert not self._override_cell_params or not cell.params._params, (
            f'Either specify params for {type(self).__name__} or child cells, not both.')
        self.params._params.update(cell.params._params)

    def reset(self):
        """Counts steps from 0 again in all cells."""
        super().reset()
        for cell in getattr(self, '_cells', ()):
            cell.reset()

    @property
    def state_info(self):
        """What the states of all cells are."""
        return [info for cell in self._cells for info in cell.state_info]

    def begin_state(self, **kwargs):
        """The states of all cells before the first step; see :meth:`BaseRNNCell.begin_state`."""
        expect_not_modified(self)
        return [state for cell in self._cells for state in cell.begin_state(**kwargs)]

    def unpack_weights(self, args):
        """See :meth:`BaseRNNCell.unpack_weights`; for all cells."""
        for cell in self._cells:
            args = cell.unpack_weights(args)
        return args

    def pack_weights(self, args):
        """See :meth:`BaseRNNCell.pack_weights`; for all cells."""
        for cell in self._cells:
            args = cell.pack_weights(args)
        return args

    def _shares(self, states):
        """The part of the states that each cell has."""
        end = 0
        for cell in self._cells:
            begin, end = end, end + len(cell.state_info)
            yield cell, states[begin:end]


class SequentialRNNCell(_CellOfCells):
    """Cells of which each computes on the output of the one before.

    Parameters
    ----------
    params : RNNParams, optional
        Where the weights are, of cells that have none of their own.
    """

    def __init__(self, params=None):
        super().__init__((), '', params)

    def add(self, cell):
        """Puts a cell behind those that there are."""
        self._adopt(cell)

    def __call__(self, inputs, states):
        self._counter += 1
        after = []
        for cell, share in self._shares(states):
            assert not isinstance(cell, BidirectionalCell), (
                'SequentialRNNCell: a BidirectionalCell cannot be stepped; use unroll')
            inputs, new = cell(inputs, share)
            after.extend(new)
        return inputs, after

    def unroll(self, length, inputs, begin_state=None, layout='NTC', merge_outputs=None):
        """See :meth:`BaseRNNCell.unroll`; each cell is unrolled whole."""
        self.reset()
        states = self.begin_state() if begin_state is None else begin_state
        after = []
        for i, (cell, share) in enumerate(self._shares(states)):
            is_last = i + 1 == len(self._cells)
            inputs, new = cell.unroll(length, inputs, begin_state=share, layout=layout,
                                      merge_outputs=merge_outputs if is_last else None)
            after.extend(new)
        return inputs, after


class BidirectionalCell(_CellOfCells):
    """A cell that reads a sequence from the first step on, and one from the last on; the output is
    both of theirs, one beside the other. It has no single steps.

    Parameters
    ----------
    l_cell, r_cell : BaseRNNCell
        That which begins at the first step, and that which begins at the last.
    params : RNNParams, optional
        See :class:`SequentialRNNCell`.
    output_prefix : str
        What the names of the outputs begin with.
    """

    def __init__(self, l_cell, r_cell, params=None, output_prefix='bi_'):
        super().__init__((l_cell, r_cell), '', params)
        self._output_prefix = output_prefix

    def __call__(self, inputs, states):
        raise NotImplementedError('a BidirectionalCell takes no single step, since it reads from '
                                  'both ends; call unroll')

    def unroll(self, length, inputs, begin_state=None, layout='NTC', merge_outputs=None):
        """See :meth:`BaseRNNCell.unroll`. The states are two lists, one of each cell."""
        self.reset()
        steps = steps_of(length, inputs, layout)
        states = self.begin_state() if begin_state is None else begin_state
        (there, there_states), (back, back_states) = (
            cell.unroll(length, order, begin_state=share, layout=layout,
                        merge_outputs=merge_outputs)
            for (cell, share), order in zip(self._shares(states), (steps, steps[::-1])))
        if merge_outputs is None:
            merge_outputs = isinstance(there, symbol.Symbol) and isinstance(back, symbol.Symbol)
        there = arranged(length, there, layout, merge_outputs)
        back = arranged(length, back, layout, merge_outputs)
        if merge_outputs:
            back = symbol.reverse(joined(back, layout), axis=layout.find('T'))
            outputs = symbol.concat(there, back, dim=2, name=f'{self._output_prefix}out')
        else:
            outputs = [symbol.concat(*pair, dim=1, name=f'{self._output_prefix}t{i}')
                       for i, pair in enumerate(zip(parts_of(there), reversed(parts_of(back))))]
        return outputs, [there_states, back_states]
