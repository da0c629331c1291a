"""Cells whose products are convolutions, for sequences of images (Shi et al., 2015)."""
from functools import partial

from .. import symbol
from ._cells import GatedCell, GRUStep, LSTMStep, PlainStep

__all__ = ['BaseConvRNNCell', 'ConvRNNCell', 'ConvLSTMCell', 'ConvGRUCell']

_LEAKY = partial(symbol.LeakyReLU, act_type='leaky', slope=0.2)


class BaseConvRNNCell(GatedCell):
    """What the kinds share.

    Parameters
    ----------
    input_shape : tuple of int
        The shape of one step's input in the order of `conv_layout`, with any number of samples.
    num_hidden : int
        How many channels the output has.
    h2h_kernel, h2h_dilate
        Of the states' convolution, which keeps their size; the kernel is odd.
    i2h_kernel, i2h_stride, i2h_pad, i2h_dilate
        Of the inputs' convolution.
    i2h_weight_initializer, h2h_weight_initializer, i2h_bias_initializer, h2h_bias_initializer
        By an object or a name; None: the initializer of the net.
    activation : str or callable
    prefix, params
        See :class:`BaseRNNCell`.
    conv_layout : str
        "NCHW" or "NHWC".
    """

    def __init__(self, input_shape, num_hidden, h2h_kernel, h2h_dilate, i2h_kernel, i2h_stride,
                 i2h_pad, i2h_dilate, i2h_weight_initializer, h2h_weight_initializer,
                 i2h_bias_initializer, h2h_bias_initializer, activation, prefix='', params=None,
                 conv_layout='NCHW'):
        super().__init__(prefix=prefix, params=params)
        assert all(size % 2 == 1 for size in h2h_kernel), (
            f'h2h_kernel: expected odd sizes, which keep the shape of the states, got {h2h_kernel}')
        self._num_hidden = num_hidden
        self._activation = activation
        self._conv_layout = conv_layout
        self._gate_axis = conv_layout.find('C')
        pad = tuple(dilate * (size - 1) // 2 for dilate, size in zip(h2h_dilate, h2h_kernel))
        self._i2h = {'kernel': i2h_kernel, 'stride': i2h_stride, 'pad': i2h_pad,
                     'dilate': i2h_dilate}
        self._h2h = {'kernel': h2h_kernel, 'stride': (1, 1), 'pad': pad, 'dilate': h2h_dilate}
        one = symbol.Convolution(symbol.Variable('data'), num_filter=num_hidden,
                                 layout=conv_layout, **self._i2h)
        _, (shape,), _ = one.infer_shape(data=(1, *input_shape[1:]))
        self._state_shape = (0, *shape[1:])
        self._make_weights(i2h_weight={'init': i2h_weight_initializer},
                           i2h_bias={'init': i2h_bias_initializer},
                           h2h_weight={'init': h2h_weight_initializer},
                           h2h_bias={'init': h2h_bias_initializer})

    @property
    def state_info(self):
        """Each state has the shape of the output."""
        return [{'shape': self._state_shape, '__layout__': self._conv_layout}
                for _ in range(self._states)]

    def _product(self, x, weight, bias, name):
        geometry = self._i2h if weight is self._iW else self._h2h
        rows = self._num_hidden * len(self._gate_names)
        return symbol.Convolution(x, weight, bias, num_filter=rows, layout=self._conv_layout,
                                  name=name, **geometry)


def _init(kind):
    """What the kinds' constructors do; they differ in the default of the prefix."""
    def __init__(self, input_shape, num_hidden, h2h_kernel=(3, 3), h2h_dilate=(1, 1),
                 i2h_kernel=(3, 3), i2h_stride=(1, 1), i2h_pad=(1, 1), i2h_dilate=(1, 1),
                 i2h_weight_initializer=None, h2h_weight_initializer=None,
                 i2h_bias_initializer='zeros', h2h_bias_initializer='zeros', activation=_LEAKY,
                 prefix=f'{kind}_', params=None, conv_layout='NCHW'):
        BaseConvRNNCell.__init__(
            self, input_shape, num_hidden, h2h_kernel, h2h_dilate, i2h_kernel, i2h_stride, i2h_pad,
            i2h_dilate, i2h_weight_initializer, h2h_weight_initializer, i2h_bias_initializer,
            h2h_bias_initializer, activation, prefix, params, conv_layout)
    return __init__


class ConvRNNCell(BaseConvRNNCell, PlainStep):
    """A plain recurrent cell on images; see :class:`BaseConvRNNCell`."""

    __init__ = _init('ConvRNN')


class ConvLSTMCell(BaseConvRNNCell, LSTMStep):
    """Convolutional LSTM; see :class:`BaseConvRNNCell`."""

    __init__ = _init('ConvLSTM')


class ConvGRUCell(BaseConvRNNCell, GRUStep):
    """Convolutional GRU; see :class:`BaseConvRNNCell`."""

    __init__ = _init('ConvGRU')
