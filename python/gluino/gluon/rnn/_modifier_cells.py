"""Cells without parameters: dropout, zoneout and residual connections."""
import numbers

from ..nn._faces import operators
from . import _sequences as sequences
from ._base_cells import HybridRecurrentCell, ModifierCell
from ._combined_cells import BidirectionalCell


def _dropout(F, x, rate, axes=()):
    return F.Dropout(x, p=rate, axes=axes) if axes else F.Dropout(x, p=rate)


class DropoutCell(HybridRecurrentCell):
    """Dropout of the inputs; `axes` share their mask. It has no states."""

    def __init__(self, rate, axes=(), prefix=None, params=None):
        super().__init__(prefix, params)
        assert isinstance(rate, numbers.Real), f'rate: expected a number, got {rate!r}'
        self._rate = rate
        self._axes = axes

    def __repr__(self):
        return f'{type(self).__name__}(rate={self._rate}, axes={self._axes})'

    def _alias(self):
        return 'dropout'

    def state_info(self, batch_size=0):
        """None."""
        return []

    def hybrid_forward(self, F, inputs, states):
        if self._rate > 0:
            inputs = operators(F, inputs).Dropout(inputs, p=self._rate, axes=self._axes,
                                                  name=f't{self._counter}_fwd')
        return inputs, states

    def unroll(self, length, inputs, begin_state=None, layout='NTC', merge_outputs=None,
               valid_length=None):
        """As RecurrentCell.unroll; one array, or a list that is merged, is dropped out in one
        call."""
        self.reset()
        if merge_outputs is False:
            inputs = sequences.step_list(length, inputs, layout)
        elif merge_outputs:
            inputs = sequences.merged(inputs, layout, True)
        if isinstance(inputs, (list, tuple)):
            return super().unroll(length, inputs, begin_state, layout, merge_outputs,
                                  valid_length)
        return self.hybrid_forward(sequences.namespace_of(inputs), inputs,
                                   begin_state if begin_state else [])


class ZoneoutCell(ModifierCell):
    """Zoneout (Krueger et al., 2016): while training, outputs and states keep the values of the
    step before, each with its probability."""

    def __init__(self, base_cell, zoneout_outputs=0.0, zoneout_states=0.0):
        assert not isinstance(base_cell, BidirectionalCell), (
            'a BidirectionalCell takes no single steps, which zoneout needs; put a ZoneoutCell '
            'around each of its cells')
        assert not getattr(base_cell, '_bidirectional', False), (
            'cells of both directions take no single steps, which zoneout needs; put a ZoneoutCell '
            'around each')
        super().__init__(base_cell)
        self.zoneout_outputs = zoneout_outputs
        self.zoneout_states = zoneout_states
        self._prev_output = None

    def __repr__(self):
        return (f'{type(self).__name__}(p_out={self.zoneout_outputs}, '
                f'p_state={self.zoneout_states}, {self.base_cell!r})')

    def _alias(self):
        return 'zoneout'

    def reset(self):
        """Forgets the last output."""
        super().reset()
        self._prev_output = None

    def hybrid_forward(self, F, inputs, states):
        F = operators(F, inputs)
        output, new_states = self.base_cell(inputs, states)

        def mixed(rate, new, old):
            # Dropout of ones is 0 where the old value stays, also outside of training.
            return F.where(_dropout(F, F.ones_like(new), rate), new, old)

        before = self._prev_output
        if before is None:
            before = F.zeros_like(output)
        if self.zoneout_outputs != 0.:
            output = mixed(self.zoneout_outputs, output, before)
        if self.zoneout_states != 0.:
            new_states = [mixed(self.zoneout_states, new, old)
                          for new, old in zip(new_states, states)]
        self._prev_output = output
        return output, new_states


class ResidualCell(ModifierCell):
    """Adds the input to the output of a cell (Wu et al., 2016), which have the same shape."""

    def __init__(self, base_cell):
        super().__init__(base_cell)

    def hybrid_forward(self, F, inputs, states):
        output, states = self.base_cell(inputs, states)
        return operators(F, inputs).elemwise_add(output, inputs), states

    def unroll(self, length, inputs, begin_state=None, layout='NTC', merge_outputs=None,
               valid_length=None):
        """As RecurrentCell.unroll; inputs beyond the end of a sample are not added."""
        self.reset()
        self.base_cell._modified = False
        try:
            outputs, states = self.base_cell.unroll(
                length, inputs, begin_state=begin_state, layout=layout, merge_outputs=merge_outputs,
                valid_length=valid_length)
        finally:
            self.base_cell._modified = True
        steps = sequences.step_list(length, inputs, layout)
        if valid_length is not None:
            steps = sequences.mask_steps(steps, valid_length)
        F = sequences.operators_for(steps)
        if not isinstance(outputs, (list, tuple)):
            whole = sequences.stacked(steps, sequences.time_axis(layout))
            return F.elemwise_add(outputs, whole), states
        return [F.elemwise_add(output, step) for output, step in zip(outputs, steps)], states
