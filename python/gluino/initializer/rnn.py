"""Initializers of recurrent nets."""
import numpy

from .base import InitDesc, Initializer, create, register

__all__ = ["LSTMBias", "FusedRNN", "RNNFused"]


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


@register
class RNNFused(Initializer):
    """Fills the one vector in which MXNet 2 has the weights of all layers of a recurrent net.

    Parameters
    ----------
    mode, num_layers, state_size, bidirectional : of the net.
    projection_size : how many numbers the states of an LSTM become; None: as they are.
    i2h_weight_initializer, h2h_weight_initializer, h2r_weight_initializer : for the weights of
        inputs, of states, and of what states become; None: the initializer of the whole net, or
        Uniform.
    i2h_bias_initializer, h2h_bias_initializer : for the biases; None: they are 0.
    """

    def __init__(self, mode, num_layers, state_size, bidirectional=False, projection_size=None,
                 i2h_weight_initializer=None, h2h_weight_initializer=None,
                 i2h_bias_initializer=None, h2h_bias_initializer=None,
                 h2r_weight_initializer=None):
        given = {'i2h_weight': i2h_weight_initializer, 'h2h_weight': h2h_weight_initializer,
                 'i2h_bias': i2h_bias_initializer, 'h2h_bias': h2h_bias_initializer,
                 'h2r_weight': h2r_weight_initializer}
        super().__init__(
            mode=mode, num_layers=num_layers, state_size=state_size, bidirectional=bidirectional,
            projection_size=projection_size, **{
                f'{part}_initializer': init.dumps() if isinstance(init, Initializer) else init
                for part, init in given.items()})
        self._of = {part: create(init) for part, init in given.items() if init is not None}
        self._rows = len(GATES[mode]) * state_size
        self._layers, self._sides = num_layers, 2 if bidirectional else 1
        self._units, self._projection = state_size, projection_size

    def _parts(self, size):
        """What the parts of the vector are and their shapes, in the order in which they lie."""
        states = self._projection or self._units
        projected = self._sides * self._layers * (self._projection or 0) * self._units
        per_row = (size - projected) // (self._sides * self._rows)
        inputs = per_row - (self._layers - 1) * (states * self._sides + states + 2) - states - 2
        for kind in ('weight', 'bias'):
            for layer in range(self._layers):
                width = inputs if layer == 0 else states * self._sides
                for _ in range(self._sides):
                    for group, columns in (('i2h', width), ('h2h', states)):
                        shape = (self._rows, columns) if kind == 'weight' else (self._rows,)
                        yield f'{group}_{kind}', shape
                    if kind == 'weight' and self._projection:
                        yield 'h2r_weight', (self._projection, self._units)

    def _init_weight(self, desc, arr):
        parts = list(self._parts(arr.size))
        if parts[0][1][1] < 1 or sum(int(numpy.prod(shape)) for _, shape in parts) != arr.size:
            raise ValueError(f'{self.dumps()}: {arr.size} numbers are not the weights of such a net')
        begin = 0
        of_net = getattr(desc, 'global_init', None)
        if of_net is None or of_net is self:
            of_net = create('uniform')
        for name, shape in parts:
            part = arr[begin:begin + int(numpy.prod(shape))].reshape(shape)
            begin += part.size
            if name in self._of:
                self._of[name]._init_weight(InitDesc(name), part)
            elif name.endswith('bias'):
                part[:] = 0.0
            else:
                of_net(InitDesc(name, global_init=of_net), part)
