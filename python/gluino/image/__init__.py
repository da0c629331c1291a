"""Pictures: reading, cutting, changing colours at random, and batches of them."""

from ..util import is_np_array
from . import detection, image
from .augment import (Augmenter, BrightnessJitterAug, CastAug, CenterCropAug, ColorJitterAug,
                      ColorNormalizeAug, ContrastJitterAug, CreateAugmenter, ForceResizeAug,
                      HorizontalFlipAug, HueJitterAug, LightingAug, RandomCropAug, RandomGrayAug,
                      RandomOrderAug, RandomSizedCropAug, ResizeAug, SaturationJitterAug,
                      SequentialAug)
from .detection import (CreateDetAugmenter, CreateMultiRandCropAugmenter, DetAugmenter,
                        DetBorrowAug, DetHorizontalFlipAug, DetRandomCropAug, DetRandomPadAug,
                        DetRandomSelectAug, ImageDetIter)
from .image_iter import ImageIter
from .picture import (center_crop, color_normalize, copyMakeBorder, fixed_crop, imdecode, imread,
                      imresize, imrotate, random_crop, random_rotate, random_size_crop,
                      resize_short, scale_down)
