"""Cells of one layer: plain, LSTM (Hochreiter and Schmidhuber, 1997) and GRU (Cho et al., 2014)."""
from .. import symbol
from ..initializer import LSTMBias
from ..initializer.rnn import GATES
from ._base import BaseRNNCell

__all__ = ['RNNCell', 'LSTMCell', 'GRUCell']


class GatedCell(BaseRNNCell):
    """A cell with one weight and bias of the inputs and one of the states, which have a row of
    parts, the gates."""

    _states = 1

    def _make_weights(self, **options):
        """The four weights; `options` by a weight's name are those of its variable."""
        self._iW, self._iB, self._hW, self._hB = (
            self._params.get(name, **options.get(name, {}))
            for name in ('i2h_weight', 'i2h_bias', 'h2h_weight', 'h2h_bias'))

    def _product(self, x, weight, bias, name):
        """What the inputs, or the states, add to all gates."""
        raise NotImplementedError()

    def _both(self, inputs, states, name):
        return (self._product(inputs, self._iW, self._iB, f'{name}i2h'),
                self._product(states[0], self._hW, self._hB, f'{name}h2h'))

    def _sigmoid(self, x, name):
        return symbol.Activation(x, act_type='sigmoid', name=name)


class PlainStep(GatedCell):
    """act(i2h + h2h)."""

    _gate_names = GATES['rnn_tanh']

    def __call__(self, inputs, states):
        name = self._next_step()
        i2h, h2h = self._both(inputs, states, name)
        output = self._get_activation(i2h + h2h, self._activation, name=f'{name}out')
        return output, [output]


class LSTMStep(GatedCell):
    """A memory beside the output, which gates write, forget and show."""

    _gate_names = GATES['lstm']
    _states = 2

    def __call__(self, inputs, states):
        name = self._next_step()
        i2h, h2h = self._both(inputs, states, name)
        parts = symbol.SliceChannel(i2h + h2h, num_outputs=4, axis=self._gate_axis,
                                    name=f'{name}slice')
        write = self._sigmoid(parts[0], f'{name}i')
        keep = self._sigmoid(parts[1], f'{name}f')
        new = self._get_activation(parts[2], self._activation, name=f'{name}c')
        show = self._sigmoid(parts[3], f'{name}o')
        memory = symbol.elemwise_add(keep * states[1], write * new, name=f'{name}state')
        output = symbol.elemwise_mul(show, self._get_activation(memory, self._activation),
                                     name=f'{name}out')
        return output, [output, memory]


class GRUStep(GatedCell):
    """Between the state and a new one, which a gate may compute without the state. Names of nodes
    have an underscore more than elsewhere, those of the products where `_product_mark` says so."""

    _gate_names = GATES['gru']
    _product_mark = ''

    def __call__(self, inputs, states):
        name = self._next_step()
        i2h, h2h = self._both(inputs, states, name + self._product_mark)
        name += '_'
        i2h, h2h = (symbol.SliceChannel(x, num_outputs=3, axis=self._gate_axis,
                                        name=f'{name}{group}_slice')
                    for x, group in ((i2h, 'i2h'), (h2h, 'h2h')))
        reset = self._sigmoid(i2h[0] + h2h[0], f'{name}r_act')
        update = self._sigmoid(i2h[1] + h2h[1], f'{name}z_act')
        new = self._get_activation(i2h[2] + reset * h2h[2], self._activation, name=f'{name}h_act')
        output = symbol.elemwise_add((1. - update) * new, update * states[0], name=f'{name[:-1]}out')
        return output, [output]


class _DenseCell(GatedCell):
    """A cell whose products are those of matrices."""

    _activation = 'tanh'
    _gate_axis = 1

    def __init__(self, num_hidden, prefix, params, **options):
        super().__init__(prefix=prefix, params=params)
        self._num_hidden = num_hidden
        self._make_weights(**options)

    @property
    def state_info(self):
        """Each state has the shape of the output."""
        return [{'shape': (0, self._num_hidden), '__layout__': 'NC'} for _ in range(self._states)]

    def _product(self, x, weight, bias, name):
        rows = self._num_hidden * len(self._gate_names)
        return symbol.FullyConnected(x, weight, bias, num_hidden=rows, name=name)


class RNNCell(_DenseCell, PlainStep):
    """act(W x + U h + b).

    Parameters
    ----------
    num_hidden : int
        How many numbers the output has.
    activation : str or callable
    prefix, params
        See :class:`BaseRNNCell`.
    """

    def __init__(self, num_hidden, activation='tanh', prefix='rnn_', params=None):
        super().__init__(num_hidden, prefix, params)
        self._activation = activation


class LSTMCell(_DenseCell, LSTMStep):
    """Long short-term memory.

    Parameters
    ----------
    num_hidden : int
        How many numbers the output has.
    prefix, params
        See :class:`BaseRNNCell`.
    forget_bias : float
        Where the bias of the gate that forgets begins.
    """

    def __init__(self, num_hidden, prefix='lstm_', params=None, forget_bias=1.0):
        super().__init__(num_hidden, prefix, params,
                         i2h_bias={'init': LSTMBias(forget_bias=forget_bias)})


class GRUCell(_DenseCell, GRUStep):
    """Gated recurrent unit, as cuDNN computes it: the gate is on the product with the state.

    Parameters
    ----------
    num_hidden : int
        How many numbers the output has.
    prefix, params
        See :class:`BaseRNNCell`.
    """

    _product_mark = '_'

    def __init__(self, num_hidden, prefix='gru_', params=None):
        super().__init__(num_hidden, prefix, params)
