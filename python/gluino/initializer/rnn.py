"""Initializers of recurrent nets."""
import numpy

from .base import InitDesc, Initializer, create, register

__all__ = ["LSTMBias", "FusedRNN"]


@register
class LSTMBias(Initializer):
    """A bias of an LSTM cell, of which the second of four parts, the forget gate's, is
    `forget_bias` and the rest 0."""

    def __init__(self, forget_bias=1.0):
        super().__init__(forget_bias=forget_bias)
        self.forget_bias = forget_bias

    def _init_weight(self, name, arr):
        arr[:] = 0.0
        units = arr.shape[0] // 4
        arr[units:2 * units] = self.forget_bias


# The gates of each kind of cell, in the order in which their weights lie.
_GATES = {'rnn_relu': ('',), 'rnn_tanh': ('',), 'lstm': ('_i', '_f', '_c', '_o'),
          'gru': ('_r', '_z', '_o')}


@register
class FusedRNN(Initializer):
    """Fills the one vector in which the weights of all layers of a recurrent net lie.

    Parameters
    ----------
    init : for each weight in it; None: the initializer of the whole net.
    num_hidden, num_layers, mode, bidirectional : of the net.
    forget_bias : the forget gates' bias in LSTM cells.
    """

    def __init__(self, init, num_hidden, num_layers, mode, bidirectional=False, forget_bias=1.0):
        if isinstance(init, str):
            init = create(init)
        super().__init__(init=init.dumps() if init is not None else None, num_hidden=num_hidden,
                         num_layers=num_layers, mode=mode, bidirectional=bidirectional,
                         forget_bias=forget_bias)
        self._init = init
        self._num_hidden = num_hidden
        self._num_layers = num_layers
        self._mode = mode
        self._bidirectional = bidirectional
        self._forget_bias = forget_bias

    def _parts(self, size):
        """The name and the shape of each part of a vector of that size, in the order in which they
        lie: all weights, then all biases."""
        gates, units = _GATES[self._mode], self._num_hidden
        sides = ('l', 'r') if self._bidirectional else ('l',)
        per_gate = size // len(sides) // len(gates) // units
        inner = self._num_layers - 1
        inputs = per_gate - inner * (units + len(sides) * units + 2) - units - 2
        for kind in ('weight', 'bias'):
            for layer in range(self._num_layers):
                width = inputs if layer == 0 else units * len(sides)
                for side in sides:
                    for group, columns in (('i2h', width), ('h2h', units)):
                        for gate in gates:
                            yield (f'{side}{layer}_{group}{gate}_{kind}',
                                   (units, columns) if kind == 'weight' else (units,))

    def _init_weight(self, desc, arr):
        begin = 0
        for name, shape in self._parts(arr.size):
            part = arr[begin:begin + int(numpy.prod(shape))].reshape(shape)
            begin += part.size
            if self._mode == 'lstm' and name.endswith('_f_bias'):
                part[:] = self._forget_bias
                continue
            of_net = getattr(desc, 'global_init', None)
            (self._init or of_net)(InitDesc(name, global_init=of_net), part)
