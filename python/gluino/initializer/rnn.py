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
GATES = {'rnn_relu': ('',), 'rnn_tanh': ('',), 'lstm': ('_i', '_f', '_c', '_o'),
          'gru': ('_r', '_z', '_o')}


def packed_inputs(size, mode, num_hidden, num_layers, bidirectional):
    """How wide the inputs of a recurrent net are whose weights lie in one vector of that size."""
    sides = 2 if bidirectional else 1
    per_gate = size // sides // len(GATES[mode]) // num_hidden
    inner = (num_layers - 1) * (num_hidden + sides * num_hidden + 2)
    return per_gate - inner - num_hidden - 2


def packed_parts(inputs, mode, num_hidden, num_layers, bidirectional):
    """The name and the shape of each part of the vector of a net's weights, in the order in which
    they lie: all weights, then all biases."""
    sides = ('l', 'r') if bidirectional else ('l',)
    for kind in ('weight', 'bias'):
        for layer in range(num_layers):
            width = inputs if layer == 0 else num_hidden * len(sides)
            for side in sides:
                for group, columns in (('i2h', width), ('h2h', num_hidden)):
                    for gate in GATES[mode]:
                        yield (f'{side}{layer}_{group}{gate}_{kind}',
                               (num_hidden, columns) if kind == 'weight' else (num_hidden,))


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
        self._net = (mode, num_hidden, num_layers, bidirectional)
        self._forget_bias = forget_bias

    def _init_weight(self, desc, arr):
        begin = 0
        is_lstm = self._net[0] == 'lstm'
        for name, shape in packed_parts(packed_inputs(arr.size, *self._net), *self._net):
            part = arr[begin:begin + int(numpy.prod(shape))].reshape(shape)
            begin += part.size
            if is_lstm and name.endswith('_f_bias'):
                part[:] = self._forget_bias
                continue
            of_net = getattr(desc, 'global_init', None)
            (self._init or of_net)(InitDesc(name, global_init=of_net), part)
