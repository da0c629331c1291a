"""Convolutions, pooling, and what goes with them."""
import numbers

from ... import symbol
from ...base import MXNetError
from ...util import is_np_array, use_np  # noqa: F401
from ..block import HybridBlock
from ..parameter import Parameter  # noqa: F401
from ._contrib import contrib_layers
from ._faces import operators
from ._pooling import (AvgPool1D, AvgPool2D, AvgPool3D, GlobalAvgPool1D, GlobalAvgPool2D,
                       GlobalAvgPool3D, GlobalMaxPool1D, GlobalMaxPool2D, GlobalMaxPool3D,
                       MaxPool1D, MaxPool2D, MaxPool3D, _LAYOUTS, _per_axis)
from ._shuffles import PixelShuffle1D, PixelShuffle2D, PixelShuffle3D
from .activations import Activation, named_activation  # noqa: F401

__all__ = ['Conv1D', 'Conv2D', 'Conv3D', 'Conv1DTranspose', 'Conv2DTranspose', 'Conv3DTranspose',
           'MaxPool1D', 'MaxPool2D', 'MaxPool3D', 'AvgPool1D', 'AvgPool2D', 'AvgPool3D',
           'GlobalMaxPool1D', 'GlobalMaxPool2D', 'GlobalMaxPool3D', 'GlobalAvgPool1D',
           'GlobalAvgPool2D', 'GlobalAvgPool3D', 'ReflectionPad2D', 'PixelShuffle1D',
           'PixelShuffle2D', 'PixelShuffle3D']

__getattr__ = contrib_layers(__name__, 'DeformableConvolution', 'ModulatedDeformableConvolution')


def _infer_weight_shape(op_name, data_shape, kwargs):
    """The shapes of an operator's inputs for data of this shape; layers of others ask for them."""
    inputs = getattr(symbol, op_name)(symbol.var('data', shape=data_shape), **kwargs)
    return inputs.infer_shape_partial()[0]


class _Conv(HybridBlock):
    """What convolutions share; sizes are tuples with a number for each axis of the image."""

    _op_name = 'Convolution'

    def __init__(self, channels, kernel_size, strides, padding, dilation, groups, layout,
                 in_channels=0, activation=None, use_bias=True, weight_initializer=None,
                 bias_initializer='zeros', adj=None, prefix=None, params=None):
        super().__init__(prefix=prefix, params=params)
        self._channels = channels
        self._in_channels = in_channels
        if groups < 1 or in_channels % groups != 0:
            raise MXNetError(f'[{type(self).__name__} {self.name}] groups {groups} does not divide '
                             f'in_channels {in_channels}')
        self._kwargs = {'kernel': kernel_size, 'stride': strides, 'dilate': dilation,
                        'pad': padding, 'num_filter': channels, 'num_group': groups,
                        'no_bias': not use_bias, 'layout': layout}
        if adj is not None:
            self._kwargs['adj'] = adj
        with self.name_scope():
            self.weight = self.params.get('weight', shape=self._weight_shape(),
                                          init=weight_initializer, allow_deferred_init=True)
            self.bias = self.params.get('bias', shape=(channels,), init=bias_initializer,
                                        allow_deferred_init=True) if use_bias else None
            self.act = named_activation(activation)

    def _alias(self):
        return 'conv'

    def _weight_shape(self):
        options = self._kwargs
        first, second = self._channels, self._in_channels // options['num_group']
        if options['layout'].endswith('C'):
            return (first,) + options['kernel'] + (second,)
        return (first, second) + options['kernel']

    def hybrid_forward(self, F, x, weight, bias=None):
        """The convolution of x."""
        op = getattr(operators(F, x), self._op_name)
        y = op(x, weight, bias, name='fwd', **self._kwargs)
        return y if self.act is None else self.act(y)

    def _mapping(self):
        """Of a convolution in groups, MXNet tells the inputs of one."""
        shape = self.weight.shape
        channels = shape[-1] if self._kwargs['layout'].endswith('C') else shape[1]
        return f'{channels or None} -> {shape[0]}'

    def __repr__(self):
        options = self._kwargs
        axes = len(options['kernel'])
        text = f'{self._mapping()}, kernel_size={options["kernel"]}, stride={options["stride"]}'
        if options['pad'] != (0,) * axes:
            text += f', padding={options["pad"]}'
        if options['dilate'] != (1,) * axes:
            text += f', dilation={options["dilate"]}'
        if options.get('adj', (0,) * axes) != (0,) * axes:
            text += f', output_padding={options["adj"]}'
        if options['num_group'] != 1:
            text += f', groups={options["num_group"]}'
        if options['no_bias']:
            text += ', bias=False'
        if self.act:
            text += f', {self.act}'
        return f'{type(self).__name__}({text})'


class _ConvTranspose(_Conv):
    """What transposed convolutions share."""

    _op_name = 'Deconvolution'

    def _weight_shape(self):
        options = self._kwargs
        per_group = self._channels // options['num_group']
        if options['layout'].endswith('C'):
            return (self._in_channels,) + options['kernel'] + (per_group,)
        return (self._in_channels, per_group) + options['kernel']

    def _mapping(self):
        groups = self._kwargs['num_group']
        inputs = self.weight.shape[0]
        return f'{inputs // groups or None} -> {self._channels}'


_OPTIONS = """

    Sizes are a number, or a tuple with one for each axis of the image.

    Parameters
    ----------
    channels : int
        Number of filters, and channels of the output.
    kernel_size, strides, padding, dilation : int or tuple of int
        Size of the filters, step of the window, zeros added on each side, step inside of the
        window.
    {more}groups : int
        Cuts input and output channels into so many parts that are convolved each by itself.
    layout : str
        The order of the input's axes: '{layout}'.
    activation : str, optional
        See Activation; none if not given.
    use_bias : bool
        Whether a number is added for each output channel.
    weight_initializer, bias_initializer : str or Initializer, optional
        What the parameters begin with; without one it is what `initialize` is given.
    in_channels : int
        Channels of the input; 0: found in the first forward.

    Weight {weight}, bias (channels,).
    """


def _documented(transposed):
    """Completes the docstring, which all six would share."""
    order = ('in_channels, channels / groups' if transposed else 'channels, in_channels / groups')
    more = ('output_padding : int or tuple of int\n        Added to the size of the output on one '
            'side.\n    ' if transposed else '')

    def complete(cls):
        kernel = ', '.join('kernel ' + letter for letter in 'DHW'[-cls._axes:])
        cls.__doc__ += _OPTIONS.format(more=more, layout=_LAYOUTS[cls._axes][0],
                                       weight=f'({order}, {kernel})')
        return cls
    return complete


def _sizes(axes, layout, kernel_size, **others):
    """The options of a convolution of images with so many axes."""
    layout = _LAYOUTS[axes][0] if layout is None else layout
    assert layout in _LAYOUTS[axes], (
        f'layout: expected {" or ".join(_LAYOUTS[axes])}, got {layout}')
    kernel = _per_axis(kernel_size, axes)
    assert len(kernel) == axes, (
        f'kernel_size: expected a number or {axes} of them, got {kernel_size}')
    return {'layout': layout, 'kernel_size': kernel,
            **{name: _per_axis(value, axes) for name, value in others.items()}}


class _ConvOfAxes(_Conv):
    """A convolution of images with so many axes, with MXNet's arguments."""

    _axes = 0

    def __init__(self, channels, kernel_size, strides=1, padding=0, dilation=1, groups=1,
                 layout=None, activation=None, use_bias=True, weight_initializer=None,
                 bias_initializer='zeros', in_channels=0, **kwargs):
        sizes = _sizes(self._axes, layout, kernel_size, strides=strides, padding=padding,
                       dilation=dilation)
        super().__init__(channels, groups=groups, in_channels=in_channels, activation=activation,
                         use_bias=use_bias, weight_initializer=weight_initializer,
                         bias_initializer=bias_initializer, **sizes, **kwargs)


class _ConvTransposeOfAxes(_ConvTranspose, _ConvOfAxes):
    """The same of a transposed one."""

    def __init__(self, channels, kernel_size, strides=1, padding=0, output_padding=0, dilation=1,
                 groups=1, layout=None, activation=None, use_bias=True, weight_initializer=None,
                 bias_initializer='zeros', in_channels=0, **kwargs):
        super().__init__(channels, kernel_size, strides, padding, dilation, groups, layout,
                         activation, use_bias, weight_initializer, bias_initializer, in_channels,
                         adj=_per_axis(output_padding, self._axes), **kwargs)


@_documented(transposed=False)
class Conv1D(_ConvOfAxes):
    """A convolution of sequences (N, C, W)."""

    _axes = 1


@_documented(transposed=False)
class Conv2D(_ConvOfAxes):
    """A convolution of images (N, C, H, W)."""

    _axes = 2


@_documented(transposed=False)
class Conv3D(_ConvOfAxes):
    """A convolution of volumes (N, C, D, H, W)."""

    _axes = 3


@_documented(transposed=True)
class Conv1DTranspose(_ConvTransposeOfAxes):
    """A transposed convolution, the gradient of Conv1D: sequences (N, C, W) become longer."""

    _axes = 1


@_documented(transposed=True)
class Conv2DTranspose(_ConvTransposeOfAxes):
    """A transposed convolution, the gradient of Conv2D: images (N, C, H, W) become larger."""

    _axes = 2


@_documented(transposed=True)
class Conv3DTranspose(_ConvTransposeOfAxes):
    """A transposed convolution, the gradient of Conv3D: volumes (N, C, D, H, W) become larger."""

    _axes = 3


class ReflectionPad2D(HybridBlock):
    """Adds a margin to images (N, C, H, W) in which they are mirrored: so many rows and columns on
    each side, or for each axis in turn before and after it: (0, 0, 0, 0, top, bottom, left, right).
    """

    def __init__(self, padding=0, **kwargs):
        super().__init__(**kwargs)
        if isinstance(padding, numbers.Integral):
            padding = (0, 0, 0, 0) + (int(padding),) * 4
        assert len(padding) == 8, f'padding: expected a number or 8 of them, got {padding}'
        self._padding = padding

    def hybrid_forward(self, F, x):
        """x with its margin."""
        return operators(F, x).Pad(x, mode='reflect', pad_width=self._padding)
