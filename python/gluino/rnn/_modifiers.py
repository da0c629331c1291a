"""Cells that change what another one gives, and one that leaves out numbers by chance."""
import numbers

from .. import symbol
from ._base import BaseRNNCell, arranged
from ._combined import BidirectionalCell
from ._fused import FusedRNNCell

__all__ = ['DropoutCell', 'ModifierCell', 'ZoneoutCell', 'ResidualCell']


class DropoutCell(BaseRNNCell):
    """Leaves out numbers of its input by chance, in training.

    Parameters
    ----------
    dropout : float
        How many, as a share.
    prefix, params
        See :class:`BaseRNNCell`.
    """

    def __init__(self, dropout, prefix='dropout_', params=None):
        super().__init__(prefix, params)
        assert isinstance(dropout, numbers.Real), f'dropout: expected a number, got {dropout!r}'
        self.dropout = dropout

    @property
    def state_info(self):
        """There are no states."""
        return []

    def _dropped(self, x):
        return symbol.Dropout(x, p=self.dropout) if self.dropout > 0 else x

    def __call__(self, inputs, states):
        return self._dropped(inputs), states

    def unroll(self, length, inputs, begin_state=None, layout='NTC', merge_outputs=None):
        """See :meth:`BaseRNNCell.unroll`; a sequence that is one symbol stays that."""
        self.reset()
        inputs = arranged(length, inputs, layout, merge_outputs)
        if isinstance(inputs, symbol.Symbol):
            return self._dropped(inputs), []
        return [self._dropped(step) for step in inputs], []


class ModifierCell(BaseRNNCell):
    """A cell that does something to what another one gives: it has that one's weights and states,
    and is called in its place.

    Parameters
    ----------
    base_cell : BaseRNNCell
    """

    def __init__(self, base_cell):
        super().__init__()
        base_cell._modified = True
        self.base_cell = base_cell

    @property
    def params(self):
        """The weights of the cell inside."""
        self._own_params = False
        return self.base_cell.params

    @property
    def state_info(self):
        """What the states of the cell inside are."""
        return self.base_cell.state_info

    def begin_state(self, init_sym=symbol.zeros, **kwargs):
        """The states before the first step; see :meth:`BaseRNNCell.begin_state`."""
        assert not self._modified, 'begin_state: call that of the outermost modifier cell'
        func = kwargs.pop('func', init_sym)
        return self._in_base(lambda: self.base_cell.begin_state(func=func, **kwargs))

    def _in_base(self, call):
        """What the cell inside gives where it is called by this one."""
        self.base_cell._modified = False
        try:
            return call()
        finally:
            self.base_cell._modified = True

    def unpack_weights(self, args):
        """See :meth:`BaseRNNCell.unpack_weights`."""
        return self.base_cell.unpack_weights(args)

    def pack_weights(self, args):
        """See :meth:`BaseRNNCell.pack_weights`."""
        return self.base_cell.pack_weights(args)


class ZoneoutCell(ModifierCell):
    """In training keeps numbers of the output and of the states, by chance, as they were in the
    step before (Krueger et al., 2016).

    Parameters
    ----------
    base_cell : BaseRNNCell
    zoneout_outputs, zoneout_states : float
        How many, as shares.
    """

    def __init__(self, base_cell, zoneout_outputs=0., zoneout_states=0.):
        assert not isinstance(base_cell, FusedRNNCell), (
            'a FusedRNNCell takes no single steps, which zoneout needs; unfuse it first')
        assert not isinstance(base_cell, BidirectionalCell), (
            'a BidirectionalCell takes no single steps, which zoneout needs; put a ZoneoutCell '
            'around each of its cells')
        super().__init__(base_cell)
        self.zoneout_outputs = zoneout_outputs
        self.zoneout_states = zoneout_states

    def reset(self):
        """Counts steps from 0 again; there is no output before."""
        super().reset()
        self.prev_output = None
        if hasattr(self, 'base_cell'):
            self.base_cell.reset()

    def __call__(self, inputs, states):
        output, after = self.base_cell(inputs, states)
        before = symbol.zeros_like(output) if self.prev_output is None else self.prev_output
        output = _some_kept(self.zoneout_outputs, output, before)
        if self.zoneout_states:
            after = [_some_kept(self.zoneout_states, *pair) for pair in zip(after, states)]
        self.prev_output = output
        return output, after


def _some_kept(share, new, old):
    """New numbers, but for a share of them old ones."""
    if not share:
        return new
    return symbol.where(symbol.Dropout(symbol.ones_like(new), p=share), new, old)


class ResidualCell(ModifierCell):
    """Adds the input to the output, which has the same shape (Wu et al., 2016).

    Parameters
    ----------
    base_cell : BaseRNNCell
    """

    def __call__(self, inputs, states):
        output, states = self.base_cell(inputs, states)
        return _sum(output, inputs), states

    def unroll(self, length, inputs, begin_state=None, layout='NTC', merge_outputs=None):
        """See :meth:`BaseRNNCell.unroll`."""
        self.reset()
        outputs, states = self._in_base(lambda: self.base_cell.unroll(
            length, inputs, begin_state=begin_state, layout=layout, merge_outputs=merge_outputs))
        if isinstance(outputs, symbol.Symbol):
            return _sum(outputs, arranged(length, inputs, layout, True)), states
        steps = arranged(length, inputs, layout, False)
        return [_sum(*pair) for pair in zip(outputs, steps)], states


def _sum(output, inputs):
    return symbol.elemwise_add(output, inputs, name=f'{output.name}_plus_residual')
