"""Recurrent cells whose products are convolutions, for sequences of images (Shi et al., 2015)."""
from ...nn._faces import operators
from ...nn._pooling import _per_axis
from ...rnn._base_cells import HybridRecurrentCell

__all__ = ['Conv1DRNNCell', 'Conv2DRNNCell', 'Conv3DRNNCell', 'Conv1DLSTMCell', 'Conv2DLSTMCell',
           'Conv3DLSTMCell', 'Conv1DGRUCell', 'Conv2DGRUCell', 'Conv3DGRUCell']


class _ConvCell(HybridRecurrentCell):
    """What the kinds share. `input_shape` is that of one step without the samples, in the order of
    `conv_layout`, by default the one with the channels first; `i2h_` means from the input, `h2h_`
    from the states, whose kernel is odd, so that they keep their size. One number for a kernel, a
    padding or a dilation counts for all axes."""

    _gates = 1
    _states = 1
    _layout: str | None = None

    def __init__(self, input_shape, hidden_channels, i2h_kernel, h2h_kernel, i2h_pad=0,
                 i2h_dilate=1, h2h_dilate=1, i2h_weight_initializer=None,
                 h2h_weight_initializer=None, i2h_bias_initializer='zeros',
                 h2h_bias_initializer='zeros', conv_layout=None, activation='tanh', prefix=None,
                 params=None):
        super().__init__(prefix=prefix, params=params)
        conv_layout = conv_layout or self._layout
        n = len(conv_layout) - 2
        self._hidden_channels = hidden_channels
        self._input_shape = tuple(input_shape)
        self._conv_layout = conv_layout
        self._activation = activation
        self._stride = (1,) * n
        self._i2h_kernel = _per_axis(i2h_kernel, n)
        self._i2h_pad = _per_axis(i2h_pad, n)
        self._i2h_dilate = _per_axis(i2h_dilate, n)
        self._h2h_kernel = _per_axis(h2h_kernel, n)
        self._h2h_dilate = _per_axis(h2h_dilate, n)
        assert all(k % 2 == 1 for k in self._h2h_kernel), (
            f'h2h_kernel: expected odd sizes, which keep the shape of the states, got {h2h_kernel}')
        self._h2h_pad = tuple(d * (k - 1) // 2 for d, k in zip(self._h2h_dilate, self._h2h_kernel))
        self._find_state_shape()
        rows = self._gates * hidden_channels
        i2h_shape = self._weight_shape(rows, self._in_channels, self._i2h_kernel)
        h2h_shape = self._weight_shape(rows, hidden_channels, self._h2h_kernel)
        for name, shape, init in (('i2h_weight', i2h_shape, i2h_weight_initializer),
                                  ('h2h_weight', h2h_shape, h2h_weight_initializer),
                                  ('i2h_bias', (rows,), i2h_bias_initializer),
                                  ('h2h_bias', (rows,), h2h_bias_initializer)):
            setattr(self, name, self.params.get(name, shape=shape, init=init,
                                                allow_deferred_init=True))

    def _find_state_shape(self):
        """Channels and sizes of the states: those that the input's convolution gives."""
        channel_axis = self._conv_layout.find('C') - 1
        sizes = [s for i, s in enumerate(self._input_shape) if i != channel_axis]
        self._in_channels = self._input_shape[channel_axis]
        shape = [size + 2 * pad - dilate * (kernel - 1) for size, pad, dilate, kernel in
                 zip(sizes, self._i2h_pad, self._i2h_dilate, self._i2h_kernel)]
        shape.insert(channel_axis, self._hidden_channels)
        self._state_shape = tuple(shape)

    def _weight_shape(self, rows, channels, kernel):
        if self._conv_layout.find('C') == 1:
            return (rows, channels) + kernel
        return (rows,) + kernel + (channels,)

    def state_info(self, batch_size=0):
        """Each state has the shape of the output."""
        return [{'shape': (batch_size,) + self._state_shape, '__layout__': self._conv_layout}
                for _ in range(self._states)]

    def __repr__(self):
        rows = self.i2h_weight.shape[0]
        return (f'{type(self).__name__}({self._in_channels} -> {rows}, {self._activation}, '
                f'{self._conv_layout})')

    def _convolution(self, F, x, weight, bias, kernel, pad, dilate, name):
        return F.Convolution(x, weight, bias, num_filter=self._gates * self._hidden_channels,
                             kernel=kernel, stride=self._stride, pad=pad, dilate=dilate,
                             layout=self._conv_layout, name=f't{self._counter}_{name}')

    def _both(self, F, inputs, states, i2h_weight, h2h_weight, i2h_bias, h2h_bias):
        """What the input and the first state add to all gates."""
        return (self._convolution(F, inputs, i2h_weight, i2h_bias, self._i2h_kernel, self._i2h_pad,
                                  self._i2h_dilate, 'i2h'),
                self._convolution(F, states[0], h2h_weight, h2h_bias, self._h2h_kernel,
                                  self._h2h_pad, self._h2h_dilate, 'h2h'))

    def _parts(self, F, x, name):
        options = {'num_outputs': self._gates, 'axis': self._conv_layout.find('C'),
                   'name': f't{self._counter}_{name}'}
        return F.SliceChannel(x, **options)

    def _act(self, F, x, name=None, activation=None):
        options = {} if name is None else {'name': f't{self._counter}_{name}'}
        return self._get_activation(F, x, activation or self._activation, **options)


class _ConvRNNCell(_ConvCell):
    def _alias(self):
        return 'conv_rnn'

    def hybrid_forward(self, F, inputs, states, i2h_weight, h2h_weight, i2h_bias, h2h_bias):
        F = operators(F, inputs)
        i2h, h2h = self._both(F, inputs, states, i2h_weight, h2h_weight, i2h_bias, h2h_bias)
        output = self._act(F, i2h + h2h, 'out')
        return output, [output]


class _ConvLSTMCell(_ConvCell):
    _gates = 4
    _states = 2

    def _alias(self):
        return 'conv_lstm'

    def hybrid_forward(self, F, inputs, states, i2h_weight, h2h_weight, i2h_bias, h2h_bias):
        F = operators(F, inputs)
        i2h, h2h = self._both(F, inputs, states, i2h_weight, h2h_weight, i2h_bias, h2h_bias)
        parts = self._parts(F, i2h + h2h, 'slice')
        in_gate = self._act(F, parts[0], 'i', 'sigmoid')
        forget_gate = self._act(F, parts[1], 'f', 'sigmoid')
        new_memory = self._act(F, parts[2], 'c')
        out_gate = self._act(F, parts[3], 'o', 'sigmoid')
        memory = F.elemwise_add(forget_gate * states[1], in_gate * new_memory,
                                name=f't{self._counter}_state')
        output = F.elemwise_mul(out_gate, self._act(F, memory), name=f't{self._counter}_out')
        return output, [output, memory]


class _ConvGRUCell(_ConvCell):
    _gates = 3

    def _alias(self):
        return 'conv_gru'

    def hybrid_forward(self, F, inputs, states, i2h_weight, h2h_weight, i2h_bias, h2h_bias):
        F = operators(F, inputs)
        i2h, h2h = self._both(F, inputs, states, i2h_weight, h2h_weight, i2h_bias, h2h_bias)
        i2h, h2h = self._parts(F, i2h, 'i2h_slice'), self._parts(F, h2h, 'h2h_slice')
        reset = self._act(F, i2h[0] + h2h[0], 'r_act', 'sigmoid')
        update = self._act(F, i2h[1] + h2h[1], 'z_act', 'sigmoid')
        new = self._act(F, i2h[2] + reset * h2h[2], 'h_act')
        fresh, kept = (1. - update) * new, update * states[0]
        output = F.elemwise_add(fresh, kept, name=f't{self._counter}_out')
        return output, [output]


class Conv1DRNNCell(_ConvRNNCell):
    """A plain recurrent cell on sequences of rows (C, W)."""

    _layout = 'NCW'


class Conv2DRNNCell(_ConvRNNCell):
    """A plain recurrent cell on sequences of images (C, H, W)."""

    _layout = 'NCHW'


class Conv3DRNNCell(_ConvRNNCell):
    """A plain recurrent cell on sequences of volumes (C, D, H, W)."""

    _layout = 'NCDHW'


class Conv1DLSTMCell(_ConvLSTMCell):
    """Convolutional LSTM on sequences of rows (C, W)."""

    _layout = 'NCW'


class Conv2DLSTMCell(_ConvLSTMCell):
    """Convolutional LSTM on sequences of images (C, H, W)."""

    _layout = 'NCHW'


class Conv3DLSTMCell(_ConvLSTMCell):
    """Convolutional LSTM on sequences of volumes (C, D, H, W)."""

    _layout = 'NCDHW'


class Conv1DGRUCell(_ConvGRUCell):
    """Convolutional GRU on sequences of rows (C, W)."""

    _layout = 'NCW'


class Conv2DGRUCell(_ConvGRUCell):
    """Convolutional GRU on sequences of images (C, H, W)."""

    _layout = 'NCHW'


class Conv3DGRUCell(_ConvGRUCell):
    """Convolutional GRU on sequences of volumes (C, D, H, W)."""

    _layout = 'NCDHW'
