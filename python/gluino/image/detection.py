"""Object detection: its names, which are not there yet."""


class _NotThere:
    def __init__(self, *args, **kwargs):
        raise NotImplementedError(f"image.{type(self).__name__} is not there yet")


class DetAugmenter(_NotThere):
    """Raises NotImplementedError."""


class DetBorrowAug(DetAugmenter):
    """Raises NotImplementedError."""


class DetHorizontalFlipAug(DetAugmenter):
    """Raises NotImplementedError."""


class DetRandomCropAug(DetAugmenter):
    """Raises NotImplementedError."""


class DetRandomPadAug(DetAugmenter):
    """Raises NotImplementedError."""


class DetRandomSelectAug(DetAugmenter):
    """Raises NotImplementedError."""


class ImageDetIter(_NotThere):
    """Raises NotImplementedError."""


def CreateDetAugmenter(*args, **kwargs):
    """Raises NotImplementedError."""
    raise NotImplementedError("image.CreateDetAugmenter is not there yet")


def CreateMultiRandCropAugmenter(*args, **kwargs):
    """Raises NotImplementedError."""
    raise NotImplementedError("image.CreateMultiRandCropAugmenter is not there yet")
