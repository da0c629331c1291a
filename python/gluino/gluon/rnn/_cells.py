"""The three cells with parameters: RNN, LSTM and GRU. Their weights are those of MXNet's, so that
files fit: gates one under the other, LSTM's in the order input, forget, cell, output, and GRU's
reset, update, new."""
from ..nn._faces import operators
from ._base_cells import HybridRecurrentCell


class _ParameterCell(HybridRecurrentCell):
    """Holds the weights from the input and from the states to `gates * hidden_size` numbers."""

    _gates = 1

    def __init__(self, hidden_size, i2h_weight_initializer, h2h_weight_initializer,
                 i2h_bias_initializer, h2h_bias_initializer, input_size, prefix, params,
                 **more_initializers):
        super().__init__(prefix=prefix, params=params)
        self._hidden_size = hidden_size
        self._input_size = input_size
        inits = {'i2h_weight': i2h_weight_initializer, 'h2h_weight': h2h_weight_initializer,
                 'i2h_bias': i2h_bias_initializer, 'h2h_bias': h2h_bias_initializer,
                 **more_initializers}
        for name, shape in self._parameters().items():
            setattr(self, name, self.params.get(name, shape=shape, init=inits[name],
                                                allow_deferred_init=True))

    def _parameters(self):
        """The shapes by name."""
        rows = self._gates * self._hidden_size
        return {'i2h_weight': (rows, self._input_size), 'h2h_weight': (rows, self._hidden_size),
                'i2h_bias': (rows,), 'h2h_bias': (rows,)}

    def _states(self):
        return 1

    def state_info(self, batch_size=0):
        """Each state has the shape (batch_size, hidden_size)."""
        return [{'shape': (batch_size, self._hidden_size), '__layout__': 'NC'}
                for _ in range(self._states())]

    def __repr__(self):
        columns, rows = self.i2h_weight.shape[1], self.i2h_weight.shape[0]
        return f'{type(self).__name__}({columns if columns else None} -> {rows}' \
               f'{self._more_in_repr()})'

    def _more_in_repr(self):
        return ''

    @property
    def _step_prefix(self):
        return f't{self._counter}_'

    def _linear(self, F, x, weight, bias, name):
        """x times the weights of all gates."""
        rows = self._gates * self._hidden_size
        return F.FullyConnected(x, weight, bias, num_hidden=rows, name=self._step_prefix + name)

    def _plus(self, F, a, b, number=0):
        """The sum, by the name that MXNet's cells give it."""
        return F.elemwise_add(a, b, name=f'{self._step_prefix}plus{number}')

    def _times(self, F, a, b, number=0):
        return F.elemwise_mul(a, b, name=f'{self._step_prefix}mul{number}')

    def _split(self, F, x, name):
        """The gates' parts."""
        return F.SliceChannel(x, num_outputs=self._gates, axis=1, name=self._step_prefix + name)


class RNNCell(_ParameterCell):
    """h' = activation(W x + b + V h + c). One state (N, hidden_size), which is the output."""

    def __init__(self, hidden_size, activation='tanh', i2h_weight_initializer=None,
                 h2h_weight_initializer=None, i2h_bias_initializer='zeros',
                 h2h_bias_initializer='zeros', input_size=0, prefix=None, params=None):
        super().__init__(hidden_size, i2h_weight_initializer, h2h_weight_initializer,
                         i2h_bias_initializer, h2h_bias_initializer, input_size, prefix, params)
        self._activation = activation

    def _alias(self):
        return 'rnn'

    def _more_in_repr(self):
        return f', {self._activation}'

    def hybrid_forward(self, F, inputs, states, i2h_weight, h2h_weight, i2h_bias, h2h_bias):
        F = operators(F, inputs)
        i2h = self._linear(F, inputs, i2h_weight, i2h_bias, 'i2h')
        h2h = self._linear(F, states[0], h2h_weight, h2h_bias, 'h2h')
        output = self._get_activation(F, self._plus(F, i2h, h2h), self._activation,
                                      name=self._step_prefix + 'out')
        return output, [output]


class _GatedCell(_ParameterCell):
    """Also has the activation of its gates."""

    # Those of MXNet's GRUCell, which does not say them.
    _activation = 'tanh'
    _recurrent_activation = 'sigmoid'

    def __init__(self, hidden_size, i2h_weight_initializer=None, h2h_weight_initializer=None,
                 i2h_bias_initializer='zeros', h2h_bias_initializer='zeros', input_size=0,
                 prefix=None, params=None, activation='tanh', recurrent_activation='sigmoid'):
        super().__init__(hidden_size, i2h_weight_initializer, h2h_weight_initializer,
                         i2h_bias_initializer, h2h_bias_initializer, input_size, prefix, params)
        self._activation = activation
        self._recurrent_activation = recurrent_activation


class LSTMCell(_GatedCell):
    """Long short-term memory (Hochreiter and Schmidhuber, 1997; with forget gates). Two states
    (N, hidden_size): the output, and the memory."""

    _gates = 4

    def _alias(self):
        return 'lstm'

    def _states(self):
        return 2

    def hybrid_forward(self, F, inputs, states, i2h_weight, h2h_weight, i2h_bias, h2h_bias):
        F, step = operators(F, inputs), self._step_prefix
        gates = self._plus(F, self._linear(F, inputs, i2h_weight, i2h_bias, 'i2h'),
                           self._linear(F, states[0], h2h_weight, h2h_bias, 'h2h'))
        parts = self._split(F, gates, 'slice')

        def gate(part, activation, name):
            return self._get_activation(F, part, activation, name=step + name)

        in_gate = gate(parts[0], self._recurrent_activation, 'i')
        forget_gate = gate(parts[1], self._recurrent_activation, 'f')
        new_memory = gate(parts[2], self._activation, 'c')
        out_gate = gate(parts[3], self._recurrent_activation, 'o')
        memory = F.elemwise_add(self._times(F, forget_gate, states[1], 0),
                                self._times(F, in_gate, new_memory, 1), name=step + 'state')
        output = F.elemwise_mul(out_gate, gate(memory, self._activation, 'activation0'),
                                name=step + 'out')
        return output, [output, memory]


class GRUCell(_GatedCell):
    """Gated recurrent unit (Cho et al., 2014, with the reset gate behind the product). One state
    (N, hidden_size), which is the output."""

    _gates = 3

    def _alias(self):
        return 'gru'

    def hybrid_forward(self, F, inputs, states, i2h_weight, h2h_weight, i2h_bias, h2h_bias):
        F, step, before = operators(F, inputs), self._step_prefix, states[0]
        i2h = self._split(F, self._linear(F, inputs, i2h_weight, i2h_bias, 'i2h'), 'i2h_slice')
        h2h = self._split(F, self._linear(F, before, h2h_weight, h2h_bias, 'h2h'), 'h2h_slice')

        def gate(value, activation, name):
            return self._get_activation(F, value, activation, name=step + name)

        reset = gate(self._plus(F, i2h[0], h2h[0], 0), self._recurrent_activation, 'r_act')
        update = gate(self._plus(F, i2h[1], h2h[1], 1), self._recurrent_activation, 'z_act')
        new = gate(self._plus(F, i2h[2], self._times(F, reset, h2h[2], 0), 2), self._activation,
                   'h_act')
        fresh, kept = self._times(F, 1. - update, new, 1), self._times(F, update, before, 20)
        output = F.elemwise_add(fresh, kept, name=step + 'out')
        return output, [output]
