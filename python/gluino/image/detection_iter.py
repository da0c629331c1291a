"""Batches of pictures with the boxes of the objects on them."""

import logging

import numpy as np

from ..io import DataDesc
from ..ndarray import NDArray, array
from .augment import _of_imagenet, _plain
from .detection_augment import CreateDetAugmenter
from .image_iter import ImageIter, _of_the_mode
from .picture import _whole_number


def _true_boxes(rows):
    return (rows[:, 3] > rows[:, 1]) & (rows[:, 4] > rows[:, 2])


class ImageDetIter(ImageIter):
    """Reads pictures and the objects on them, changes both by DetAugmenters, and joins them to
    batches.

    The label of a picture is a row of numbers: how many of them are its head (2 at least), how many
    tell of one object (5 at least), the rest of the head, then the objects, each with its class,
    the left, upper, right and lower edge of its box as parts of the picture's width and height,
    and whatever else. A batch's labels are of the shape (batch_size, objects, numbers), with
    rows of -1 for pictures with fewer objects than the largest; all labels are read at first to
    know of how many. A picture without an object is left out, with a line in the log. Sources,
    order and last batches are those of ImageIter, other options those of CreateDetAugmenter.
    """

    def __init__(self, batch_size, data_shape, path_imgrec=None, path_imglist=None, path_root=None,
                 path_imgidx=None, shuffle=False, part_index=0, num_parts=1, aug_list=None,
                 imglist=None, data_name="data", label_name="label", last_batch_handle="pad",
                 **kwargs):
        super().__init__(batch_size, data_shape, path_imgrec=path_imgrec,
                         path_imglist=path_imglist, path_root=path_root, path_imgidx=path_imgidx,
                         shuffle=shuffle, part_index=part_index, num_parts=num_parts, aug_list=[],
                         imglist=imglist, data_name=data_name, label_name=label_name,
                         last_batch_handle=last_batch_handle)
        self.auglist = (CreateDetAugmenter(self.data_shape, **kwargs) if aug_list is None
                        else aug_list)
        self.label_shape = self._largest_label()
        self._describe()

    def _describe(self):
        (data, label) = self.provide_data[0], self.provide_label[0]
        self.provide_data = [DataDesc(data.name, (self.batch_size,) + self.data_shape, data.dtype)]
        self.provide_label = [DataDesc(label.name, (self.batch_size,) + self.label_shape,
                                       label.dtype)]

    def _largest_label(self):
        count, width = 0, None
        try:
            while True:
                label = self._parse_label(self.next_sample()[0])
                width = width or label.shape[1]
                if label.shape[1] != width:
                    raise ValueError(f"labels: expected {width} numbers for each object, as the "
                                     f"first picture has, got {label.shape[1]}")
                count = max(count, label.shape[0])
        except StopIteration:
            self.reset()
        if not count:
            raise ValueError("expected at least one picture with a label")
        return count, width

    def _parse_label(self, label):
        """The objects in a row of numbers, a row for each; RuntimeError where it has no such form
        or no box with an area."""
        row = label.asnumpy() if isinstance(label, NDArray) else np.asarray(label)
        row = row.reshape(-1)
        if row.size < 7:
            raise RuntimeError("label: expected at least 7 numbers, the lengths of its head and "
                               f"of its objects and an object, got {row.size}")
        head, width = int(row[0]), int(row[1])
        if head < 2 or width < 5 or head >= row.size or (row.size - head) % width:
            raise RuntimeError(f"label: expected a head of at least 2 numbers and objects of at "
                               f"least 5, got {head} and {width} for {row.size} numbers")
        rows = row[head:].reshape(-1, width)
        rows = rows[_true_boxes(rows)]
        if not len(rows):
            raise RuntimeError("label: expected an object whose box has an area, got none")
        return rows

    def _augmented(self, label, data):
        data, label = self.augmentation_transform(data, label)
        rows = np.asarray(label)
        if rows.ndim != 2 or rows.shape[1] < 5 or not (_true_boxes(rows) & (rows[:, 0] >= 0)).any():
            self._leave_out("its label has no object after the augmenters")
            return label, None
        return label, data

    def augmentation_transform(self, data, label):
        """The picture and its label as the augmenters change them."""
        # pylint: disable=arguments-differ
        for augmenter in self.auglist:
            data, label = augmenter(data, label)
        return data, label

    def _labels(self, labels):
        count, width = self.label_shape
        batch = np.full((len(labels), count, width), -1, dtype=np.float32)
        for place, label in enumerate(labels):
            if label.shape[0] > count or label.shape[1] != width:
                raise ValueError(f"label: expected at most {count} objects of {width} numbers, got "
                                 f"the shape {label.shape}")
            batch[place, :label.shape[0]] = label
        return _of_the_mode(array(batch))

    def check_label_shape(self, label_shape):
        """Raises ValueError unless labels fit into `label_shape`, (objects, numbers of each)."""
        if len(label_shape) != 2:
            raise ValueError(f"label_shape: expected (objects, numbers), got {label_shape}")
        if label_shape[0] < self.label_shape[0] or label_shape[1] != self.label_shape[1]:
            raise ValueError(f"label_shape: expected at least {self.label_shape[0]} objects of "
                             f"{self.label_shape[1]} numbers, got {tuple(label_shape)}")

    def reshape(self, data_shape=None, label_shape=None):
        """Makes batches of other shapes from now on: `data_shape` is (3, height, width), to which
        the augmenters must bring pictures, `label_shape` that of a label, no smaller than
        before."""
        if data_shape is not None:
            self.check_data_shape(data_shape)
        if label_shape is not None:
            self.check_label_shape(label_shape)
            self.label_shape = tuple(label_shape)
        if data_shape is not None:
            self.data_shape = tuple(data_shape)
        self._describe()

    def sync_label_shape(self, it, verbose=False):
        """Gives both iterators the larger number of objects of the two; returns `it`. `verbose`
        logs where one of them changes."""
        assert isinstance(it, ImageDetIter), \
            f"it: expected an ImageDetIter, got {type(it).__name__}"
        both = (max(self.label_shape[0], it.label_shape[0]), self.label_shape[1])
        for other in (self, it):
            other.check_label_shape(both)
        for other in (self, it):
            if verbose and other.label_shape != both:
                logging.info("Resized label_shape to %s.", both)
            other.reshape(label_shape=both)
        return it

    def draw_next(self, color=None, thickness=2, mean=None, std=None, clip=True, waitKey=None,
                  window_name="draw_next", id2labels=None):
        """Yields the epoch's pictures as they are after the augmenters, with frames around the
        objects: NumPy arrays (height, width, 3), float32, red first.

        `color` is a frame's red, green and blue, at random unless given, and `thickness` how many
        pixels it is wide. Pixels become ``x * std + mean`` and, with `clip`, from 0 to 255.
        `waitKey` shows each in a window for so many milliseconds, `id2labels` writes the names of
        classes beside their frames: these two need OpenCV's package, ImportError says so.
        """
        # pylint: disable=import-outside-toplevel
        with_opencv = waitKey is not None or bool(id2labels)
        if with_opencv:
            import cv2
        mean, std = _of_imagenet(mean, std)
        for (label, planes), in iter(lambda: self._next_pictures(1), []):
            picture = planes.transpose((1, 2, 0)).asnumpy().astype(np.float32)
            picture = picture * (1 if std is None else _plain(std)) + (
                0 if mean is None else _plain(mean))
            picture = np.ascontiguousarray(picture.clip(0, 255) if clip else picture, np.float32)
            for row in label:
                frame = _corners(row, picture.shape)
                shade = color or [_whole_number(0, 255) for _ in range(3)]
                _draw_frame(picture, frame, thickness, shade)
                if id2labels and row[0] in id2labels:
                    cv2.putText(picture, str(id2labels[row[0]]), frame[:2],
                                cv2.FONT_HERSHEY_SIMPLEX, 0.5, shade)
            if waitKey is not None:
                cv2.imshow(window_name, picture[:, :, ::-1].astype(np.uint8))
                cv2.waitKey(waitKey)
            yield picture


def _corners(row, shape):
    """The pixels at the left upper and the right lower corner of an object's box."""
    height, width = shape[:2]
    return tuple(int(part * edge) for part, edge in zip(row[1:5], (width, height) * 2))


def _draw_frame(picture, corners, thickness, color):
    left, top, right, bottom = corners
    outer = np.zeros(picture.shape[:2], dtype=bool)
    outer[max(0, top):bottom + 1, max(0, left):right + 1] = True
    outer[max(0, top + thickness):max(0, bottom + 1 - thickness),
          max(0, left + thickness):max(0, right + 1 - thickness)] = False
    picture[outer] = color
