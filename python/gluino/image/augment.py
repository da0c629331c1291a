"""Augmenters: objects that are called with a picture and give another, often at random.

Random choices follow from the one seed, that of ``mx.random.seed``.
"""

import functools
import json

import numpy as np

from .. import _core, ndarray as nd
from ..base import MXNetError
from ..ndarray import NDArray, array
from .picture import (_between, center_crop, color_normalize, imresize, random_crop,
                      random_size_crop, resize_short)

# How bright red, green and blue appear (ITU-R BT.601).
_GREY = (0.299, 0.587, 0.114)
# The same for today's screens (ITU-R BT.709), as MXNet has it where a picture becomes grey.
_GREY_709 = (0.21, 0.72, 0.07)
# From RGB to luma and two axes of hue (YIQ), and back.
_TO_YIQ = np.array([_GREY, (0.596, -0.274, -0.321), (0.211, -0.523, 0.311)])
_FROM_YIQ = np.array([(1.0, 0.956, 0.621), (1.0, -0.272, -0.647), (1.0, -1.107, 1.705)])


def _plain(value):
    # Numbers and rows of them, as JSON takes them.
    if isinstance(value, NDArray):
        value = value.asnumpy()
    return value.tolist() if isinstance(value, (np.ndarray, np.generic)) else value


class Augmenter:
    """The base of all augmenters. Keyword arguments are what `dumps` tells."""

    def __init__(self, **kwargs):
        self._kwargs = {name: _plain(value) for name, value in kwargs.items()}

    def dumps(self):
        """The augmenter and its options as JSON."""
        return json.dumps([type(self).__name__.lower(), self._kwargs])

    def __call__(self, src):
        raise NotImplementedError(f"{type(self).__name__}: __call__")


class _Several(Augmenter):
    def __init__(self, ts):
        super().__init__()
        self.ts = ts

    def dumps(self):
        """The augmenter and those inside, a list."""
        return [type(self).__name__.lower(), [t.dumps() for t in self.ts]]


class SequentialAug(_Several):
    """One augmenter after the other."""

    def __call__(self, src):
        for augmenter in self.ts:
            src = augmenter(src)
        return src


class RandomOrderAug(_Several):
    """Several augmenters in a random order."""

    def __call__(self, src):
        order = np.arange(len(self.ts), dtype=np.int64)
        _core.io.shuffle(order)
        for place in order:
            src = self.ts[place](src)
        return src


class ResizeAug(Augmenter):
    """Makes the shorter edge `size` pixels long."""

    def __init__(self, size, interp=2):
        super().__init__(size=size, interp=interp)
        self.size = size
        self.interp = interp

    def __call__(self, src):
        return resize_short(src, self.size, self.interp)


class ForceResizeAug(Augmenter):
    """Brings pictures to `size`, (width, height), whatever their proportions."""

    def __init__(self, size, interp=2):
        super().__init__(size=size, interp=interp)
        self.size = size
        self.interp = interp

    def __call__(self, src):
        return imresize(src, *self.size, interp=self.interp)


class RandomCropAug(Augmenter):
    """Cuts `size`, (width, height), out at a random place."""

    def __init__(self, size, interp=2):
        super().__init__(size=size, interp=interp)
        self.size = size
        self.interp = interp

    def __call__(self, src):
        return random_crop(src, self.size, self.interp)[0]


class RandomSizedCropAug(Augmenter):
    """Cuts a part of random area and proportions out; see random_size_crop."""

    def __init__(self, size, area, ratio, interp=2, **kwargs):
        super().__init__(size=size, area=area, ratio=ratio, interp=interp)
        self.size = size
        self.area = kwargs.pop("min_area", area)
        self.ratio = ratio
        self.interp = interp
        assert not kwargs, f"RandomSizedCropAug: there is no option {sorted(kwargs)[0]}"

    def __call__(self, src):
        return random_size_crop(src, self.size, self.area, self.ratio, self.interp)[0]


class CenterCropAug(Augmenter):
    """Cuts `size`, (width, height), out of the middle."""

    def __init__(self, size, interp=2):
        super().__init__(size=size, interp=interp)
        self.size = size
        self.interp = interp

    def __call__(self, src):
        return center_crop(src, self.size, self.interp)[0]


class BrightnessJitterAug(Augmenter):
    """Multiplies by a random number within `brightness` of 1."""

    def __init__(self, brightness):
        super().__init__(brightness=brightness)
        self.brightness = brightness

    def __call__(self, src):
        _expect_floats(self, src)
        return src * (1.0 + _between(-self.brightness, self.brightness))


def _for_both_kinds(change):
    # The arrays of colours are those of mx.nd.
    @functools.wraps(change)
    def of_either(self, src):
        if type(src) is NDArray or not isinstance(src, NDArray):
            return change(self, src)
        return change(self, src.as_nd_ndarray()).as_np_ndarray()
    return of_either


def _expect_floats(augmenter, src):
    # The weights of colours are parts of 1: whole numbers would all be 0.
    if np.dtype(src.dtype).kind in "iub":
        raise MXNetError(f"{type(augmenter).__name__}: expected a picture of floats, as CastAug makes "
                         f"it, got {np.dtype(src.dtype).name}")


def _grey(src, of=_GREY):
    return (src * array(of, dtype=src.dtype)).sum(axis=-1, keepdims=True)


class ContrastJitterAug(Augmenter):
    """Moves pixels away from the mean brightness, or nearer, by a random factor within `contrast`
    of 1."""

    def __init__(self, contrast):
        super().__init__(contrast=contrast)
        self.contrast = contrast

    @_for_both_kinds
    def __call__(self, src):
        _expect_floats(self, src)
        alpha = 1.0 + _between(-self.contrast, self.contrast)
        return src * alpha + _grey(src).mean().reshape((1, 1, 1)) * (1.0 - alpha)


class SaturationJitterAug(Augmenter):
    """Moves pixels away from their grey, or nearer, by a random factor within `saturation` of 1."""

    def __init__(self, saturation):
        super().__init__(saturation=saturation)
        self.saturation = saturation

    @_for_both_kinds
    def __call__(self, src):
        _expect_floats(self, src)
        alpha = 1.0 + _between(-self.saturation, self.saturation)
        return src * alpha + _grey(src) * (1.0 - alpha)


class HueJitterAug(Augmenter):
    """Turns colours by a random part, within `hue`, of half a circle."""

    def __init__(self, hue):
        super().__init__(hue=hue)
        self.hue = hue
        self.tyiq = _TO_YIQ
        self.ityiq = _FROM_YIQ

    @_for_both_kinds
    def __call__(self, src):
        _expect_floats(self, src)
        angle = _between(-self.hue, self.hue) * np.pi
        turn = np.array([[1.0, 0.0, 0.0],
                         [0.0, np.cos(angle), -np.sin(angle)],
                         [0.0, np.sin(angle), np.cos(angle)]])
        colours = (self.ityiq @ turn @ self.tyiq).T
        return nd.dot(src, array(colours, dtype=src.dtype))


class ColorJitterAug(RandomOrderAug):
    """Brightness, contrast and saturation, as far as they are not 0, in a random order."""

    def __init__(self, brightness, contrast, saturation):
        kinds = ((BrightnessJitterAug, brightness), (ContrastJitterAug, contrast),
                 (SaturationJitterAug, saturation))
        super().__init__([kind(amount) for kind, amount in kinds if amount > 0])


class LightingAug(Augmenter):
    """Adds the principal colours `eigvec`, each times its `eigval` and a normal number of deviation
    `alphastd`."""

    def __init__(self, alphastd, eigval, eigvec):
        super().__init__(alphastd=alphastd, eigval=eigval, eigvec=eigvec)
        self.alphastd = alphastd
        self.eigval = eigval
        self.eigvec = eigvec

    @_for_both_kinds
    def __call__(self, src):
        _expect_floats(self, src)
        alpha = nd.random.normal(0, self.alphastd, shape=(3,)).asnumpy()
        colour = np.dot(np.asarray(_plain(self.eigvec)) * alpha, np.asarray(_plain(self.eigval)))
        return src + array(colour, dtype=src.dtype)


class ColorNormalizeAug(Augmenter):
    """(src - mean) / std; see color_normalize."""

    def __init__(self, mean, std):
        super().__init__(mean=mean, std=std)
        self.mean = None if mean is None else array(_plain(mean))
        self.std = None if std is None else array(_plain(std))

    @_for_both_kinds
    def __call__(self, src):
        return color_normalize(src, self.mean, self.std)


class RandomGrayAug(Augmenter):
    """Makes a picture grey, with the probability `p`."""

    def __init__(self, p):
        super().__init__(p=p)
        self.p = p

    @_for_both_kinds
    def __call__(self, src):
        if _core.image.draw() < self.p:
            _expect_floats(self, src)
            return nd.broadcast_to(_grey(src, _GREY_709), shape=src.shape)
        return src


class HorizontalFlipAug(Augmenter):
    """Turns a picture left to right, with the probability `p`."""

    def __init__(self, p):
        super().__init__(p=p)
        self.p = p

    def __call__(self, src):
        return src[:, ::-1] if _core.image.draw() < self.p else src


class CastAug(Augmenter):
    """Makes numbers of the type `typ` of the pixels."""

    def __init__(self, typ="float32"):
        super().__init__(type=typ)
        self.typ = typ

    def __call__(self, src):
        return src.astype(self.typ)


def _normalisation(value, of_imagenet):
    if value is True:
        return np.array(of_imagenet, dtype=np.float32)
    if value is not None:
        assert isinstance(value, (np.ndarray, NDArray)) and value.shape[0] in (1, 3), \
            "mean and std: expected True or an array of 1 or 3 numbers"
    return value


def _of_imagenet(mean, std):
    """Both as arrays or None, ImageNet's where they are True."""
    return (_normalisation(mean, [123.68, 116.28, 103.53]),
            _normalisation(std, [58.395, 57.12, 57.375]))


def CreateAugmenter(data_shape, resize=0, rand_crop=False, rand_resize=False, rand_mirror=False,
                    mean=None, std=None, brightness=0, contrast=0, saturation=0, hue=0,
                    pca_noise=0, rand_gray=0, inter_method=2):
    """A list of augmenters that make float32 pictures of `data_shape`, (channels, height, width).

    `resize` is the length of the shorter edge at first; `rand_crop` cuts at a random place, with
    `rand_resize` also of a random size; `rand_mirror` turns half of them. `brightness`, `contrast`,
    `saturation`, `hue` and `pca_noise` say how much colours change, `rand_gray` how often they go.
    `mean` and `std` are arrays, or True for ImageNet's.
    """
    size = (data_shape[2], data_shape[1])
    augmenters = [ResizeAug(resize, inter_method)] if resize > 0 else []
    if rand_resize:
        assert rand_crop, "rand_resize: goes with rand_crop"
        augmenters.append(RandomSizedCropAug(size, 0.08, (3.0 / 4.0, 4.0 / 3.0), inter_method))
    elif rand_crop:
        augmenters.append(RandomCropAug(size, inter_method))
    else:
        augmenters.append(CenterCropAug(size, inter_method))
    if rand_mirror:
        augmenters.append(HorizontalFlipAug(0.5))
    return augmenters + _colour_augmenters(mean, std, brightness, contrast, saturation, hue,
                                           pca_noise, rand_gray)


def _colour_augmenters(mean, std, brightness, contrast, saturation, hue, pca_noise, rand_gray):
    augmenters = [CastAug()]
    if brightness or contrast or saturation:
        augmenters.append(ColorJitterAug(brightness, contrast, saturation))
    if hue:
        augmenters.append(HueJitterAug(hue))
    if pca_noise > 0:
        # The principal colours of ImageNet's pictures (Krizhevsky et al., 2012).
        eigval = np.array([55.46, 4.794, 1.148])
        eigvec = np.array([[-0.5675, 0.7192, 0.4009],
                           [-0.5808, -0.0045, -0.8140],
                           [-0.5836, -0.6948, 0.4203]])
        augmenters.append(LightingAug(pca_noise, eigval, eigvec))
    if rand_gray > 0:
        augmenters.append(RandomGrayAug(rand_gray))
    mean, std = _of_imagenet(mean, std)
    if mean is not None or std is not None:
        augmenters.append(ColorNormalizeAug(mean, std))
    return augmenters
