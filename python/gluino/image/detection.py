"""MXNet's module of this name: augmenters of pictures with objects, and their iterator."""

from ..util import is_np_array
from .augment import (Augmenter, CastAug, ColorJitterAug, ColorNormalizeAug, ForceResizeAug,
                      HueJitterAug, LightingAug, RandomGrayAug, RandomOrderAug, ResizeAug)
from .detection_augment import (CreateDetAugmenter, CreateMultiRandCropAugmenter, DetAugmenter,
                                DetBorrowAug, DetHorizontalFlipAug, DetRandomCropAug,
                                DetRandomPadAug, DetRandomSelectAug)
from .detection_iter import ImageDetIter
from .image_iter import ImageIter
from .picture import fixed_crop
