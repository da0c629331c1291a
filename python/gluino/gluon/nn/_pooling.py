"""Layers that keep one number of each window."""
import numbers

from ..block import HybridBlock
from ._faces import operators


def _per_axis(value, axes):
    """One number for each axis of the image."""
    if isinstance(value, numbers.Integral):
        return (int(value),) * axes
    if isinstance(value, str) or not hasattr(value, '__iter__'):
        raise TypeError(f'expected a size, or one for each of {axes} axes, got {value!r}')
    return tuple(value)


class _Pooling(HybridBlock):
    """What the pooling layers share; sizes are tuples with a number for each axis of the image."""

    def __init__(self, pool_size, strides, padding, ceil_mode, global_pool, pool_type, layout,
                 count_include_pad=None, **kwargs):
        super().__init__(**kwargs)
        axes = len(pool_size)
        self._kwargs = {'kernel': pool_size,
                        'stride': pool_size if strides is None else _per_axis(strides, axes),
                        'pad': _per_axis(padding, axes), 'global_pool': global_pool,
                        'pool_type': pool_type, 'layout': layout,
                        'pooling_convention': 'full' if ceil_mode else 'valid'}
        if count_include_pad is not None:
            self._kwargs['count_include_pad'] = count_include_pad

    def _alias(self):
        return 'pool'

    def hybrid_forward(self, F, x):
        """The number of each window of x."""
        return operators(F, x).Pooling(x, name='fwd', **self._kwargs)

    def __repr__(self):
        options = self._kwargs
        return (f'{type(self).__name__}(size={options["kernel"]}, stride={options["stride"]}, '
                f'padding={options["pad"]}, '
                f'ceil_mode={options["pooling_convention"] == "full"}, '
                f'global_pool={options["global_pool"]}, pool_type={options["pool_type"]}, '
                f'layout={options["layout"]})')


_LAYOUTS = {1: ('NCW', 'NWC'), 2: ('NCHW', 'NHWC'), 3: ('NCDHW', 'NDHWC')}


def _window(axes, pool_size, layout):
    """The size of the window, with the options looked at."""
    assert layout in _LAYOUTS[axes], (
        f'layout: expected {" or ".join(_LAYOUTS[axes])}, got {layout}')
    size = _per_axis(pool_size, axes)
    assert len(size) == axes, f'pool_size: expected a number or {axes} of them, got {pool_size}'
    return size


class MaxPool1D(_Pooling):
    """The maximum of each window of sequences (N, C, W).

    Sizes are a number, or a tuple with one for each axis of the image: `pool_size` of the window,
    `strides` its step, the window's size if not given, `padding` what is added on each side.
    `ceil_mode` rounds the output's size up instead of down.
    """

    def __init__(self, pool_size=2, strides=None, padding=0, layout='NCW', ceil_mode=False,
                 **kwargs):
        super().__init__(_window(1, pool_size, layout), strides, padding, ceil_mode, False, 'max',
                         layout, **kwargs)


class MaxPool2D(_Pooling):
    """The maximum of each window of images (N, C, H, W).

    Sizes are a number, or a tuple with one for each axis of the image: `pool_size` of the window,
    `strides` its step, the window's size if not given, `padding` what is added on each side.
    `ceil_mode` rounds the output's size up instead of down.
    """

    def __init__(self, pool_size=(2, 2), strides=None, padding=0, layout='NCHW', ceil_mode=False,
                 **kwargs):
        super().__init__(_window(2, pool_size, layout), strides, padding, ceil_mode, False, 'max',
                         layout, **kwargs)


class MaxPool3D(_Pooling):
    """The maximum of each window of volumes (N, C, D, H, W).

    Sizes are a number, or a tuple with one for each axis of the image: `pool_size` of the window,
    `strides` its step, the window's size if not given, `padding` what is added on each side.
    `ceil_mode` rounds the output's size up instead of down.
    """

    def __init__(self, pool_size=(2, 2, 2), strides=None, padding=0, ceil_mode=False,
                 layout='NCDHW', **kwargs):
        super().__init__(_window(3, pool_size, layout), strides, padding, ceil_mode, False, 'max',
                         layout, **kwargs)


class AvgPool1D(_Pooling):
    """The average of each window of sequences (N, C, W).

    Sizes are a number, or a tuple with one for each axis of the image: `pool_size` of the window,
    `strides` its step, the window's size if not given, `padding` what is added on each side.
    `ceil_mode` rounds the output's size up instead of down. `count_include_pad`: the padding's
    zeros count.
    """

    def __init__(self, pool_size=2, strides=None, padding=0, layout='NCW', ceil_mode=False,
                 count_include_pad=True, **kwargs):
        super().__init__(_window(1, pool_size, layout), strides, padding, ceil_mode, False, 'avg',
                         layout, count_include_pad, **kwargs)


class AvgPool2D(_Pooling):
    """The average of each window of images (N, C, H, W).

    Sizes are a number, or a tuple with one for each axis of the image: `pool_size` of the window,
    `strides` its step, the window's size if not given, `padding` what is added on each side.
    `ceil_mode` rounds the output's size up instead of down. `count_include_pad`: the padding's
    zeros count.
    """

    def __init__(self, pool_size=(2, 2), strides=None, padding=0, ceil_mode=False, layout='NCHW',
                 count_include_pad=True, **kwargs):
        super().__init__(_window(2, pool_size, layout), strides, padding, ceil_mode, False, 'avg',
                         layout, count_include_pad, **kwargs)


class AvgPool3D(_Pooling):
    """The average of each window of volumes (N, C, D, H, W).

    Sizes are a number, or a tuple with one for each axis of the image: `pool_size` of the window,
    `strides` its step, the window's size if not given, `padding` what is added on each side.
    `ceil_mode` rounds the output's size up instead of down. `count_include_pad`: the padding's
    zeros count.
    """

    def __init__(self, pool_size=(2, 2, 2), strides=None, padding=0, ceil_mode=False,
                 layout='NCDHW', count_include_pad=True, **kwargs):
        super().__init__(_window(3, pool_size, layout), strides, padding, ceil_mode, False, 'avg',
                         layout, count_include_pad, **kwargs)


class GlobalMaxPool1D(_Pooling):
    """The maximum of each channel of sequences (N, C, W): (N, C, 1)."""

    def __init__(self, layout='NCW', **kwargs):
        super().__init__(_window(1, 1, layout), None, 0, True, True, 'max', layout,
                         **kwargs)


class GlobalMaxPool2D(_Pooling):
    """The maximum of each channel of images (N, C, H, W): (N, C, 1, 1)."""

    def __init__(self, layout='NCHW', **kwargs):
        super().__init__(_window(2, 1, layout), None, 0, True, True, 'max', layout,
                         **kwargs)


class GlobalMaxPool3D(_Pooling):
    """The maximum of each channel of volumes (N, C, D, H, W): (N, C, 1, 1, 1)."""

    def __init__(self, layout='NCDHW', **kwargs):
        super().__init__(_window(3, 1, layout), None, 0, True, True, 'max', layout,
                         **kwargs)


class GlobalAvgPool1D(_Pooling):
    """The average of each channel of sequences (N, C, W): (N, C, 1)."""

    def __init__(self, layout='NCW', **kwargs):
        super().__init__(_window(1, 1, layout), None, 0, True, True, 'avg', layout,
                         **kwargs)


class GlobalAvgPool2D(_Pooling):
    """The average of each channel of images (N, C, H, W): (N, C, 1, 1)."""

    def __init__(self, layout='NCHW', **kwargs):
        super().__init__(_window(2, 1, layout), None, 0, True, True, 'avg', layout,
                         **kwargs)


class GlobalAvgPool3D(_Pooling):
    """The average of each channel of volumes (N, C, D, H, W): (N, C, 1, 1, 1)."""

    def __init__(self, layout='NCDHW', **kwargs):
        super().__init__(_window(3, 1, layout), None, 0, True, True, 'avg', layout,
                         **kwargs)
