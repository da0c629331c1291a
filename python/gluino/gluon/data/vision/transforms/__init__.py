"""Transforms of pictures, for `dataset.transform_first(...)`.

Pictures are NDArrays (height, width, channels) of type uint8 or float32 until `ToTensor` makes
float32 (channels, height, width) of them. Where a whole chain consists of transforms of this
module, the C++ loader runs it; what they draw at random is then the same for any number of
workers.
"""
from ....block import Block, HybridBlock
from ....nn import HybridSequential, Lambda, Sequential
from ....._core import gluon_data as _native
from .....util import is_np_array  # noqa: F401
from ... import _chain
from ._base import ImageTransform
from . import image
from .image import (CenterCrop, CropResize, Normalize, RandomBrightness, RandomColorJitter,
                    RandomContrast, RandomCrop, RandomFlipLeftRight, RandomFlipTopBottom,
                    RandomGray, RandomHue, RandomLighting, RandomResizedCrop, RandomRotation,
                    RandomSaturation, Resize, Rotate, ToTensor)

__all__ = ['Cast', 'CenterCrop', 'Compose', 'CropResize', 'HybridCompose', 'HybridRandomApply',
           'Normalize', 'RandomApply', 'RandomBrightness', 'RandomColorJitter', 'RandomContrast',
           'RandomCrop', 'RandomFlipLeftRight', 'RandomFlipTopBottom', 'RandomGray', 'RandomHue',
           'RandomLighting',
           'RandomResizedCrop', 'RandomRotation', 'RandomSaturation', 'Resize', 'Rotate',
           'ToTensor']


class Compose(Sequential):
    """Applies `transforms`, blocks or functions, one after the other. Hybrid blocks in a row
    become one HybridSequential."""

    def __init__(self, transforms):
        super().__init__()
        row = []
        for transform in list(transforms) + [None]:
            if isinstance(transform, HybridBlock):
                row.append(transform)
                continue
            if len(row) == 1:
                self.add(row[0])
            elif row:
                joined = HybridSequential()
                joined.add(*row)
                self.add(joined)
            row = []
            if transform is not None:
                self.add(transform if isinstance(transform, Block) else Lambda(transform))

    def hybridize(self, active=True, **kwargs):
        """Turns those parts into graphs that C++ does not run as a whole anyway."""
        for child in self._children.values():
            if _chain.transform_of(child) is None:
                child.hybridize(active, **kwargs)

    def _native_transform(self):
        return _chain.all_of(self)


class HybridCompose(HybridSequential):
    """The same for hybrid blocks only (a name of MXNet 2.0)."""

    def __init__(self, transforms):
        super().__init__()
        for transform in transforms:
            if not isinstance(transform, HybridBlock):
                raise ValueError('HybridCompose takes hybrid blocks, got '
                                 f'{type(transform).__name__}')
            self.add(transform)

    def _native_transform(self):
        return _chain.all_of(self)


class Cast(ImageTransform):
    """Converts to the type `dtype`."""

    def __init__(self, dtype='float32'):
        super().__init__()
        self._dtype = dtype

    def _make(self):
        return _native.cast(self._dtype)

    def _symbolic(self, F, x):
        return F.cast(x, self._dtype)


class RandomApply(Sequential):
    """Applies `transforms`, a block or a function, with probability `p`."""

    def __init__(self, transforms, p=0.5):
        super().__init__()
        self.transforms = transforms
        self.p = p

    def forward(self, x, *args):
        if _native.uniform() >= self.p:
            return x
        return self.transforms(x, *args)

    def _native_transform(self):
        transform = _chain.transform_of(self.transforms)
        return transform and _native.random_apply([transform], self.p)


class HybridRandomApply(RandomApply):
    """The same for a hybrid block (a name of MXNet 2.0)."""

    def __init__(self, transforms, p=0.5):
        if not isinstance(transforms, HybridBlock):
            raise ValueError('HybridRandomApply takes a hybrid block, got '
                             f'{type(transforms).__name__}')
        super().__init__(transforms, p)
