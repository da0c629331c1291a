"""Names of object detection, which is not there yet."""


def _not_there(name):
    def refuse(*args, **kwargs):
        raise NotImplementedError(f"image.{name} is not there yet")

    refuse.__name__ = refuse.__qualname__ = name
    refuse.__doc__ = "Raises NotImplementedError."
    return refuse


CreateDetAugmenter = _not_there("CreateDetAugmenter")
CreateMultiRandCropAugmenter = _not_there("CreateMultiRandCropAugmenter")
DetAugmenter = _not_there("DetAugmenter")
DetBorrowAug = _not_there("DetBorrowAug")
DetHorizontalFlipAug = _not_there("DetHorizontalFlipAug")
DetRandomCropAug = _not_there("DetRandomCropAug")
DetRandomPadAug = _not_there("DetRandomPadAug")
DetRandomSelectAug = _not_there("DetRandomSelectAug")
ImageDetIter = _not_there("ImageDetIter")
