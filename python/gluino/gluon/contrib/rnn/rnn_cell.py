"""Cells with dropout that stays the same over a sequence, and with projected outputs."""
from .... import ndarray
from ...nn._faces import operators
from ...rnn import _sequences as sequences
from ...rnn._base_cells import ModifierCell
from ...rnn._cells import _ParameterCell
from ...rnn._modifier_cells import _dropout
from ...rnn.rnn_cell import BidirectionalCell, SequentialRNNCell

__all__ = ['VariationalDropoutCell', 'LSTMPCell']


class VariationalDropoutCell(ModifierCell):
    """Dropout of inputs, of the first state and of outputs, each with its probability, by masks
    that all steps of a sequence share (Gal and Ghahramani, 2016)."""

    def __init__(self, base_cell, drop_inputs=0., drop_states=0., drop_outputs=0.):
        assert not drop_states or not isinstance(base_cell, BidirectionalCell), (
            'drop_states: a BidirectionalCell has no single first state; put a '
            'VariationalDropoutCell around each of its cells')
        assert not drop_states or not (isinstance(base_cell, SequentialRNNCell) and
                                       base_cell._bidirectional), (
            'drop_states: cells of both directions have no single first state; put a '
            'VariationalDropoutCell around each')
        super().__init__(base_cell)
        self.drop_inputs = drop_inputs
        self.drop_states = drop_states
        self.drop_outputs = drop_outputs
        self._forget_masks()

    def _alias(self):
        return 'vardrop'

    def __repr__(self):
        return f'{type(self).__name__}(p_out = {self.drop_outputs}, p_state = {self.drop_states})'

    def _forget_masks(self):
        self.drop_inputs_mask = self.drop_states_mask = self.drop_outputs_mask = None

    def reset(self):
        """Forgets the masks."""
        super().reset()
        self._forget_masks()

    def _masked(self, F, x, rate, name):
        if not rate:
            return x
        name = f'drop_{name}_mask'
        if getattr(self, name) is None:
            setattr(self, name, _dropout(F, F.ones_like(x), rate))
        return x * getattr(self, name)

    def hybrid_forward(self, F, inputs, states):
        F = operators(F, inputs)
        if self.drop_states:
            # Of an LSTM the memory is left alone.
            states = [self._masked(F, states[0], self.drop_states, 'states')] + list(states[1:])
        inputs = self._masked(F, inputs, self.drop_inputs, 'inputs')
        output, states = self.base_cell(inputs, states)
        return self._masked(F, output, self.drop_outputs, 'outputs'), states

    def unroll(self, length, inputs, begin_state=None, layout='NTC', merge_outputs=None,
               valid_length=None):
        """As RecurrentCell.unroll. Where states are not dropped the cell inside is unrolled as a
        whole, which may then be a BidirectionalCell, and gives one array unless `merge_outputs` is
        False."""
        if self.drop_states:
            return super().unroll(length, inputs, begin_state, layout, merge_outputs,
                                  valid_length)
        self.reset()
        F = sequences.operators_for(inputs)
        steps = [self._masked(F, step, self.drop_inputs, 'inputs')
                 for step in sequences.step_list(length, inputs, layout)]
        self.base_cell._modified = False
        try:
            outputs, states = self.base_cell.unroll(length, steps, begin_state, layout,
                                                    merge_outputs=False, valid_length=valid_length)
        finally:
            self.base_cell._modified = True
        outputs = [self._masked(F, output, self.drop_outputs, 'outputs') for output in outputs]
        if valid_length is not None:
            outputs = sequences.mask_steps(outputs, valid_length)
        return sequences.merged(outputs, layout, merge_outputs is not False), states


class LSTMPCell(_ParameterCell):
    """LSTMCell whose output is projected to `projection_size` numbers (Sak et al., 2014). Two
    states: the output (N, projection_size), and the memory (N, hidden_size)."""

    _gates = 4

    def __init__(self, hidden_size, projection_size, i2h_weight_initializer=None,
                 h2h_weight_initializer=None, h2r_weight_initializer=None,
                 i2h_bias_initializer='zeros', h2h_bias_initializer='zeros', input_size=0,
                 prefix=None, params=None):
        # What the shapes of the parameters depend on; no attribute of a Block's yet.
        object.__setattr__(self, '_projection_size', projection_size)
        super().__init__(hidden_size, i2h_weight_initializer, h2h_weight_initializer,
                         i2h_bias_initializer, h2h_bias_initializer, input_size, prefix, params,
                         h2r_weight=h2r_weight_initializer)

    def _alias(self):
        return 'lstmp'

    def _parameters(self):
        rows = 4 * self._hidden_size
        return {'i2h_weight': (rows, self._input_size), 'h2h_weight': (rows, self._projection_size),
                'h2r_weight': (self._projection_size, self._hidden_size), 'i2h_bias': (rows,),
                'h2h_bias': (rows,)}

    def state_info(self, batch_size=0):
        """The output and the memory."""
        return [{'shape': (batch_size, size), '__layout__': 'NC'}
                for size in (self._projection_size, self._hidden_size)]

    def _more_in_repr(self):
        return f' -> {self._projection_size}'

    def hybrid_forward(self, F, inputs, states, i2h_weight, h2h_weight, h2r_weight, i2h_bias,
                       h2h_bias):
        F, step = operators(F, inputs), self._step_prefix
        gates = (self._linear(F, inputs, i2h_weight, i2h_bias, 'i2h') +
                 self._linear(F, states[0], h2h_weight, h2h_bias, 'h2h'))
        parts = self._split(F, gates, 'slice')
        in_gate, forget_gate, new_memory, out_gate = (
            self._get_activation(F, part, activation, name=step + name)
            for part, activation, name in zip(parts, ('sigmoid', 'sigmoid', 'tanh', 'sigmoid'),
                                              ('i', 'f', 'c', 'o')))
        memory = forget_gate * states[1] + in_gate * new_memory
        hidden = out_gate * self._get_activation(F, memory, 'tanh')
        output = F.FullyConnected(hidden, h2r_weight, num_hidden=self._projection_size,
                                  no_bias=True, name=step + 'out')
        return output, [output, memory]


def dynamic_unroll(cell, inputs, begin_state, drop_inputs=0, drop_outputs=0, layout='TNC',
                   valid_length=None):
    """Runs a cell over as many steps as `inputs` have, by `contrib.foreach`: also in a graph that
    does not know their number. Returns the outputs as one array, and the states. `valid_length` is
    as for `unroll`; all steps share the masks of `drop_inputs` and `drop_outputs`."""
    F = sequences.namespace_of(inputs)
    data = F.swapaxes(inputs, 0, 1) if layout == 'NTC' else inputs
    if drop_inputs:
        data = _dropout(F, data, drop_inputs, (0,))
    if valid_length is not None and F is ndarray:
        outputs, states = cell.unroll(data.shape[0], data, begin_state, 'TNC', merge_outputs=True,
                                      valid_length=valid_length)
    else:
        outputs, states = sequences.looped(F, cell, data, begin_state, valid_length)
    if drop_outputs:
        outputs = _dropout(F, outputs, drop_outputs, (0,))
    return (F.swapaxes(outputs, 0, 1) if layout == 'NTC' else outputs), states
