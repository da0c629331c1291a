"""Transforms of pictures, each a C++ one."""
import numpy as np

from ..... import image
from .....util import use_np  # noqa: F401
from ....block import Block, HybridBlock  # noqa: F401
from ....._core import gluon_data as _native
from ._base import ImageTransform, image_operator

__all__ = ['CenterCrop', 'CropResize', 'Normalize', 'RandomBrightness', 'RandomColorJitter',
           'RandomContrast', 'RandomCrop', 'RandomFlipLeftRight', 'RandomFlipTopBottom',
           'RandomGray', 'RandomHue', 'RandomLighting', 'RandomResizedCrop', 'RandomRotation',
           'RandomSaturation', 'Resize', 'Rotate', 'ToTensor']


def _numbers(value):
    """One number, or a row of them, as a list of floats."""
    return [float(v) for v in value] if isinstance(value, (list, tuple)) else [float(value)]


def _sides(size):
    """(width, height) of a size that is one number or two."""
    if isinstance(size, (list, tuple)):
        width, height = size
        return int(width), int(height)
    return int(size), int(size)


class ToTensor(ImageTransform):
    """A picture (height, width, channels) with values from 0 to 255, of any type, becomes float32
    (channels, height, width) with values from 0 to 1; a batch (N, ...) stays one. Raises
    MXNetError for another number of axes."""

    def _make(self):
        return _native.to_tensor()

    def _symbolic(self, F, x):
        # (..., H, W, C) to (..., C, H, W) without knowing how many axes there are.
        x = F.SwapAxis(F.cast(x, dtype='float32'), dim1=-3, dim2=-1)
        return F.SwapAxis(x, dim1=-2, dim2=-1) / 255


class Normalize(ImageTransform):
    """(x - mean) / std of a tensor (channels, height, width), or a batch of them; `mean` and
    `std` are one number, or one per channel. Raises MXNetError where they do not fit, a std is 0,
    or the tensor is not real."""

    def __init__(self, mean=0.0, std=1.0):
        super().__init__()
        self._mean = mean
        self._std = std

    def _make(self):
        return _native.normalize(_numbers(self._mean), _numbers(self._std))

    def _symbolic(self, F, x):
        mean, std = _numbers(self._mean), _numbers(self._std)
        channels = max(len(mean), len(std))
        if channels == 1:
            return (x - mean[0]) / std[0]
        mean, std = (values * channels if len(values) == 1 else values for values in (mean, std))
        planes = F.SliceChannel(x, num_outputs=channels, axis=-3)
        return F.Concat(*[(planes[i] - mean[i]) / std[i] for i in range(channels)], dim=-3)


class Resize(ImageTransform):
    """A picture, or a batch, with `size` pixels: (width, height), or one number for both sides,
    which is the shorter side where `keep_ratio`. `interpolation`: 0 nearest, 1 bilinear,
    2 bicubic, 3 area, 4 Lanczos, 9 the third or second by whether it shrinks."""

    _operator = 'resize'

    def __init__(self, size, keep_ratio=False, interpolation=1):
        super().__init__()
        self._size = size
        self._keep = keep_ratio
        self._interpolation = interpolation

    def _make(self):
        size = self._size if isinstance(self._size, (list, tuple)) else [self._size]
        return _native.resize([int(side) for side in size], self._keep, self._interpolation)

    def _options(self):
        return {'size': self._size, 'keep_ratio': self._keep, 'interp': self._interpolation}


class CropResize(ImageTransform):
    """The part of a picture, or of a batch, that is `width` x `height` pixels large and begins at
    (x, y); resized if `size`, one number or (width, height), is given. Raises MXNetError where it
    reaches beyond the picture."""

    def __init__(self, x, y, width, height, size=None, interpolation=None):
        super().__init__()
        self._x = x
        self._y = y
        self._width = width
        self._height = height
        self._size = size
        self._interpolation = interpolation

    def _options(self):
        return {name: getattr(self, f'_{name}') for name in ('x', 'y', 'width', 'height')}

    def _how(self):
        return 1 if self._interpolation is None else self._interpolation

    def _make(self):
        size = _sides(self._size) if self._size else None
        return _native.crop_resize(**self._options(), size=size, interpolation=self._how())

    def _symbolic(self, F, x):
        x = image_operator('crop', x, **self._options())
        if self._size:
            x = image_operator('resize', x, size=_sides(self._size), interp=self._how())
        return x


class CenterCrop(ImageTransform):
    """The middle of a picture, `size` pixels large: one number or (width, height). Of a smaller
    picture the largest part of that shape, enlarged."""

    def __init__(self, size, interpolation=1):
        super().__init__()
        self._args = size, interpolation

    def _make(self):
        size, interpolation = self._args
        return _native.center_crop(*_sides(size), interpolation)


class RandomResizedCrop(ImageTransform):
    """A part at random, whose area is a part of the picture's within `scale` and whose width is
    within `ratio` of its height, resized to `size`, one number or (width, height)."""

    def __init__(self, size, scale=(0.08, 1.0), ratio=(3. / 4., 4. / 3.), interpolation=1):
        super().__init__()
        self._args = size, scale, ratio, interpolation

    def _make(self):
        size, scale, ratio, interpolation = self._args
        scale = scale if isinstance(scale, (list, tuple)) else (scale, 1.0)
        return _native.random_resized_crop(*_sides(size), list(scale), list(ratio), interpolation)


class RandomCrop(Block):
    """A part of a picture at a random place, `size` pixels large: one number or (width, height). Of
    a smaller picture the largest part of that shape, enlarged. `pad` rows and columns of
    `pad_value` are put around the picture first. MXNet 2.0's."""

    def __init__(self, size, pad=None, pad_value=0, interpolation=1):
        super().__init__()
        self._args = _sides(size), pad, pad_value, interpolation

    def forward(self, x):
        size, pad, value, interpolation = self._args
        if pad:
            x = image.copyMakeBorder(x, pad, pad, pad, pad, value=value)
        return image.random_crop(x, size, interpolation)[0]


class RandomGray(Block):
    """Makes a picture grey, with the probability `p`; float32. MXNet 2.0's."""

    def __init__(self, p=0.5):
        super().__init__()
        self._change = image.RandomGrayAug(p)

    def forward(self, x):
        return self._change(x.astype('float32'))


class _Flip(ImageTransform):
    _probability = 0.5

    def __init__(self, p=0.5):
        super().__init__()
        if not 0 <= p <= 1:
            raise ValueError(f'{type(self).__name__}: p: expected a number from 0 to 1, got {p}')
        self._probability = float(p)

    def _make(self):
        return _native.random_flip(self._left_right, self._probability)

    def _options(self):
        return {} if self._probability == 0.5 else None


class RandomFlipLeftRight(_Flip):
    """Mirrors pictures, so that left becomes right, with the probability `p`."""

    _operator, _left_right = 'random_flip_left_right', True


class RandomFlipTopBottom(_Flip):
    """Turns pictures upside down, with the probability `p`."""

    _operator, _left_right = 'random_flip_top_bottom', False


class _Jitter(ImageTransform):
    def __init__(self, reach):
        super().__init__()
        self._args = max(0, 1 - reach), 1 + reach

    def _make(self):
        reach = round(self._args[1] - 1, 15)  # what it was before 1 was added
        return getattr(_native, self._operator)(reach)

    def _options(self):
        return dict(zip(('min_factor', 'max_factor'), self._args))


class RandomBrightness(_Jitter):
    """Multiplies a picture by a number from 1 - `brightness` to 1 + `brightness`."""

    _operator = 'random_brightness'

    def __init__(self, brightness):
        super().__init__(brightness)


class RandomContrast(_Jitter):
    """Moves the pixels away from the picture's mean grey, or towards it, by such a factor."""

    _operator = 'random_contrast'

    def __init__(self, contrast):
        super().__init__(contrast)


class RandomSaturation(_Jitter):
    """Moves each pixel away from its own grey, or towards it, by such a factor."""

    _operator = 'random_saturation'

    def __init__(self, saturation):
        super().__init__(saturation)


class RandomHue(_Jitter):
    """Turns the hues by a part of the circle, from -`hue` to `hue`."""

    _operator = 'random_hue'

    def __init__(self, hue):
        super().__init__(hue)


class RandomColorJitter(ImageTransform):
    """The four changes above, in random order."""

    _operator = 'random_color_jitter'

    def __init__(self, brightness=0, contrast=0, saturation=0, hue=0):
        super().__init__()
        self._args = brightness, contrast, saturation, hue

    def _make(self):
        return _native.random_color_jitter(*self._args)

    def _options(self):
        return dict(zip(('brightness', 'contrast', 'saturation', 'hue'), self._args))


class RandomLighting(ImageTransform):
    """Adds noise along the principal colours of photographs, as AlexNet's authors did, with the
    standard deviation `alpha`."""

    _operator = 'random_lighting'

    def __init__(self, alpha):
        super().__init__()
        self._alpha = alpha

    def _make(self):
        return _native.random_lighting(self._alpha)

    def _options(self):
        return {'alpha_std': self._alpha}


def _check_tensor(x):
    if x.dtype != np.float32:
        raise TypeError('expected a float32 picture, as ToTensor makes it, got '
                        f'{np.dtype(x.dtype)}')
    if x.ndim not in (3, 4):
        raise ValueError(f'expected a picture (C, H, W), or a batch (N, C, H, W), got {x.shape}')


def _check_zoom(zoom_in, zoom_out):
    if zoom_in and zoom_out:
        raise ValueError('expected zoom_in or zoom_out, got both')


class Rotate(Block):
    """Turns a tensor (channels, height, width), or a batch of them, counter-clockwise around its
    center. Beyond its edges is 0; `zoom_in` cuts off what would show that, `zoom_out` shrinks it
    until all of it is seen."""

    def __init__(self, rotation_degrees, zoom_in=False, zoom_out=False):
        super().__init__()
        self._args = rotation_degrees, zoom_in, zoom_out

    def forward(self, x):
        degrees, zoom_in, zoom_out = self._args
        _check_zoom(zoom_in, zoom_out)
        _check_tensor(x)
        return _native.rotate(x, float(degrees), bool(zoom_in), bool(zoom_out))


class RandomRotation(Block):
    """The same by a random angle within `angle_limits`, with the probability
    `rotate_with_proba`."""

    def __init__(self, angle_limits, zoom_in=False, zoom_out=False, rotate_with_proba=1.0):
        super().__init__()
        lower, upper = angle_limits
        if lower >= upper:
            raise ValueError(f'angle_limits: expected the smaller first, got {angle_limits}')
        if not 0 <= rotate_with_proba <= 1:
            raise ValueError(f'rotate_with_proba: expected 0 to 1, got {rotate_with_proba}')
        self._args = angle_limits, zoom_in, zoom_out
        self._rotate_with_proba = rotate_with_proba

    def forward(self, x):
        _check_zoom(*self._args[1:])
        _check_tensor(x)
        return self._native_transform()(x)

    def _native_transform(self):
        (lower, upper), zoom_in, zoom_out = self._args
        return _native.random_rotation(float(lower), float(upper), bool(zoom_in), bool(zoom_out),
                                       float(self._rotate_with_proba))
