"""Augmenters that change a picture and the boxes of the objects on it together.

A label is a NumPy array with a row per object: its class, then the left, upper, right and lower
edge of its box as parts of the picture's width and height, then whatever else is known of it.
"""

import json
import math
from numbers import Number

import numpy as np

from .. import _core
from .augment import Augmenter, ForceResizeAug, ResizeAug, _colour_augmenters, _plain
from .picture import _between, _whole_number, copyMakeBorder, fixed_crop


class DetAugmenter:
    """The base of all. They are called with a picture and a label, and give both anew."""

    def __init__(self, **kwargs):
        self._kwargs = {name: _plain(value) for name, value in kwargs.items()}

    def dumps(self):
        """The augmenter and its options as JSON."""
        return json.dumps([type(self).__name__.lower(), self._kwargs])

    def __call__(self, src, label):
        raise NotImplementedError(f"{type(self).__name__}: __call__")


class DetBorrowAug(DetAugmenter):
    """An augmenter of pictures alone, which leaves every object where it is."""

    def __init__(self, augmenter):
        if not isinstance(augmenter, Augmenter):
            raise TypeError(f"augmenter: expected an Augmenter, got {type(augmenter).__name__}")
        super().__init__()
        self.augmenter = augmenter

    def dumps(self):
        """The augmenter and the one inside, a list."""
        return [type(self).__name__.lower(), self.augmenter.dumps()]

    def __call__(self, src, label):
        return self.augmenter(src), label


class DetRandomSelectAug(DetAugmenter):
    """One of several augmenters, all as likely; none with the probability `skip_prob`."""

    def __init__(self, aug_list, skip_prob=0):
        super().__init__(skip_prob=skip_prob)
        self.aug_list = list(aug_list) if isinstance(aug_list, (list, tuple)) else [aug_list]
        for augmenter in self.aug_list:
            if not isinstance(augmenter, DetAugmenter):
                raise ValueError("aug_list: expected DetAugmenters, "
                                 f"got {type(augmenter).__name__}")
        self.skip_prob = skip_prob if self.aug_list else 1

    def dumps(self):
        """The augmenter and those inside, a list."""
        return [type(self).__name__.lower(), [augmenter.dumps() for augmenter in self.aug_list]]

    def __call__(self, src, label):
        if _core.image.draw() < self.skip_prob:
            return src, label
        return self.aug_list[_whole_number(0, len(self.aug_list) - 1)](src, label)


class DetHorizontalFlipAug(DetAugmenter):
    """Turns picture and boxes left to right, with the probability `p`."""

    def __init__(self, p):
        super().__init__(p=p)
        self.p = p

    def __call__(self, src, label):
        if _core.image.draw() >= self.p:
            return src, label
        turned = label.copy()
        turned[:, 1], turned[:, 3] = 1 - label[:, 3], 1 - label[:, 1]
        return src[:, ::-1], turned


def _range(name, value, least):
    """`value`, a pair of numbers or one that stands for both, as a pair."""
    pair = (value, value) if isinstance(value, Number) else tuple(value)
    if (len(pair) != 2 or not all(isinstance(number, Number) for number in pair)
            or not least <= pair[0] <= pair[1] < math.inf):
        raise ValueError(f"{name}: expected a number or a rising pair, {least} at least, "
                         f"got {value}")
    return pair


def _size(pixels, ratios, areas, fits):
    """A random (width, height) whose ratio, and whose area as a part of `pixels`, lie in the two
    ranges; None where none of that ratio `fits`, which gives the range of heights for a ratio."""
    ratio = _between(*ratios)
    low, high = fits(ratio)
    low = max(low, math.ceil(math.sqrt(areas[0] * pixels / ratio) - 0.5))
    high = min(high, math.floor(math.sqrt(areas[1] * pixels / ratio) + 0.5))
    if not 1 <= low <= high:
        return None
    height = _whole_number(low, high)
    return max(1, round(height * ratio)), height


def _moved(label, shift, scale):
    """The label with its boxes seen from another frame: (x - shift) * scale, in both directions."""
    moved = label.copy()
    moved[:, 1:5] = (label[:, 1:5] - np.tile(shift, 2)) * np.tile(scale, 2)
    return moved


def _areas(label):
    return np.maximum(0, label[:, 3:5] - label[:, 1:3]).prod(axis=1)


class DetRandomCropAug(DetAugmenter):
    """Cuts a random part out, such that enough of the objects on it is seen.

    `area_range` is the part's share of the picture, `aspect_ratio_range` its width by its height.
    Of each object that it touches, more than the share `min_object_covered` must lie inside. An
    object of which no more than `min_eject_coverage` does is left out of the label, at least one
    stays. Where `max_attempts` tries find no such part, picture and label stay. (Liu et al., SSD,
    2016, section 2.2.)
    """

    def __init__(self, min_object_covered=0.1, aspect_ratio_range=(0.75, 1.33),
                 area_range=(0.05, 1.0), min_eject_coverage=0.3, max_attempts=50):
        aspect_ratio_range = _range("aspect_ratio_range", aspect_ratio_range, 1e-6)
        area_range = _range("area_range", area_range, 0)
        super().__init__(min_object_covered=min_object_covered,
                         aspect_ratio_range=aspect_ratio_range, area_range=area_range,
                         min_eject_coverage=min_eject_coverage, max_attempts=max_attempts)
        self.min_object_covered = min_object_covered
        self.aspect_ratio_range = aspect_ratio_range
        self.area_range = area_range
        self.min_eject_coverage = min_eject_coverage
        self.max_attempts = max_attempts

    def __call__(self, src, label):
        height, width = src.shape[:2]
        for _ in range(self.max_attempts):
            size = _size(width * height, self.aspect_ratio_range, self.area_range,
                         lambda ratio: (1, min(height, math.floor((width + 0.49) / ratio))))
            if size is None or size[0] > width:
                continue
            place = (_whole_number(0, width - size[0]), _whole_number(0, height - size[1]))
            seen = self._seen(label, np.array(place) / (width, height),
                              np.array(size) / (width, height))
            if seen is not None:
                return fixed_crop(src, *place, *size), seen
        return src, label

    def _seen(self, label, corner, size):
        """The label as the part shows it; None where it shows too little of an object."""
        moved = _moved(label, corner, 1 / size)
        moved[:, 1:5] = np.clip(moved[:, 1:5], 0, 1)
        whole = _areas(label)
        inside = _areas(moved) * size.prod()
        covered = np.divide(inside, whole, out=np.zeros_like(inside), where=whole > 0)
        touched = covered[covered > 0]
        if touched.size == 0 or touched.min() <= self.min_object_covered:
            return None
        kept = moved[covered > self.min_eject_coverage]
        return kept if len(kept) else None


class DetRandomPadAug(DetAugmenter):
    """Puts the picture at a random place of a larger one filled with the colour `pad_val`, whose
    area is that of the picture times a number of `area_range`; see DetRandomCropAug."""

    def __init__(self, aspect_ratio_range=(0.75, 1.33), area_range=(1.0, 3.0), max_attempts=50,
                 pad_val=(128, 128, 128)):
        pad_val = tuple(pad_val) if isinstance(pad_val, (list, tuple)) else (pad_val,)
        aspect_ratio_range = _range("aspect_ratio_range", aspect_ratio_range, 1e-6)
        area_range = _range("area_range", area_range, 0)
        super().__init__(aspect_ratio_range=aspect_ratio_range, area_range=area_range,
                         max_attempts=max_attempts, pad_val=pad_val)
        self.aspect_ratio_range = aspect_ratio_range
        self.area_range = area_range
        self.max_attempts = max_attempts
        self.pad_val = pad_val

    def __call__(self, src, label):
        height, width = src.shape[:2]
        for _ in range(self.max_attempts):
            size = _size(width * height, self.aspect_ratio_range, self.area_range,
                         lambda ratio: (max(height, math.ceil(width / ratio)), math.inf))
            if size is None or size[0] < width:
                continue
            left, top = (_whole_number(0, size[0] - width), _whole_number(0, size[1] - height))
            padded = copyMakeBorder(src, top, size[1] - height - top, left, size[0] - width - left,
                                    values=self.pad_val)
            old = np.array((width, height))
            return padded, _moved(label, -np.array((left, top)) / old, old / size)
        return src, label


def CreateMultiRandCropAugmenter(min_object_covered=0.1, aspect_ratio_range=(0.75, 1.33),
                                 area_range=(0.05, 1.0), min_eject_coverage=0.3, max_attempts=50,
                                 skip_prob=0):
    """A DetRandomSelectAug of several DetRandomCropAug: options that are lists give each its own,
    others are shared. Raises ValueError for lists of several lengths."""
    options = {"min_object_covered": min_object_covered, "aspect_ratio_range": aspect_ratio_range,
               "area_range": area_range, "min_eject_coverage": min_eject_coverage,
               "max_attempts": max_attempts}
    lengths = {name: len(value) for name, value in options.items() if isinstance(value, list)}
    count = max(lengths.values(), default=1)
    for name, length in lengths.items():
        if length not in (1, count):
            raise ValueError(f"{name}: expected 1 or {count} values, got {length}")

    def of(place, value):
        return value[place % len(value)] if isinstance(value, list) else value

    return DetRandomSelectAug(
        [DetRandomCropAug(**{name: of(place, value) for name, value in options.items()})
         for place in range(count)], skip_prob=skip_prob)


def CreateDetAugmenter(data_shape, resize=0, rand_crop=0, rand_pad=0, rand_gray=0,
                       rand_mirror=False, mean=None, std=None, brightness=0, contrast=0,
                       saturation=0, pca_noise=0, hue=0, inter_method=2, min_object_covered=0.1,
                       aspect_ratio_range=(0.75, 1.33), area_range=(0.05, 3.0),
                       min_eject_coverage=0.3, max_attempts=50, pad_val=(127, 127, 127)):
    """A list of augmenters that make float32 pictures of `data_shape`, (channels, height, width).

    `rand_crop` and `rand_pad` are the probabilities of a DetRandomCropAug and a DetRandomPadAug,
    whose areas are the lower and the upper part of `area_range`; lists among `min_object_covered`
    to `max_attempts` make crops of several kinds. For the rest see CreateAugmenter.
    """
    augmenters = [DetBorrowAug(ResizeAug(resize, inter_method))] if resize > 0 else []
    if rand_crop > 0:
        augmenters.append(CreateMultiRandCropAugmenter(
            min_object_covered, aspect_ratio_range, area_range, min_eject_coverage, max_attempts,
            skip_prob=1 - rand_crop))
    if rand_mirror > 0:
        augmenters.append(DetHorizontalFlipAug(0.5))
    if rand_pad > 0:
        augmenters.append(DetRandomSelectAug(
            [DetRandomPadAug(aspect_ratio_range, (1.0, area_range[1]), max_attempts, pad_val)],
            skip_prob=1 - rand_pad))
    of_pictures = [ForceResizeAug((data_shape[2], data_shape[1]), inter_method)]
    of_pictures += _colour_augmenters(mean, std, brightness, contrast, saturation, hue, pca_noise,
                                      rand_gray)
    return augmenters + [DetBorrowAug(augmenter) for augmenter in of_pictures]
