"""MXNet's module of this name: pictures, augmenters and their iterator."""

from ..util import is_np_array
from .augment import (Augmenter, BrightnessJitterAug, CastAug, CenterCropAug, ColorJitterAug,
                      ColorNormalizeAug, ContrastJitterAug, CreateAugmenter, ForceResizeAug,
                      HorizontalFlipAug, HueJitterAug, LightingAug, RandomCropAug, RandomGrayAug,
                      RandomOrderAug, RandomSizedCropAug, ResizeAug, SaturationJitterAug,
                      SequentialAug)
from .image_iter import ImageIter
from .picture import (_get_interp_method, center_crop, color_normalize, copyMakeBorder, fixed_crop,
                      imdecode, imread, imresize, imrotate, random_crop, random_rotate,
                      random_size_crop, resize_short, scale_down)
