"""Batches of pictures out of a file of records, or out of files that a list names."""

import logging
import os
from numbers import Number

import numpy as np

from .. import _core, ndarray as nd, recordio
from ..base import MXNetError
from ..io import DataBatch, DataDesc, DataIter
from ..ndarray import NDArray, array
from ..util import is_np_array
from .augment import CreateAugmenter
from .picture import imdecode


def _of_the_mode(found):
    # An array of mx.np where its rules are on, as pictures are there.
    return found.as_np_ndarray() if is_np_array() else found


class ImageIter(DataIter):
    """Reads pictures, changes them by augmenters, and joins them to batches.

    Pictures come from a file of records `path_imgrec`, with an index `path_imgidx` where the order
    or a part asks for it; or from files below `path_root` that a file `path_imglist` (lines
    ``index<tab>labels<tab>path``) or a list `imglist` (``[label, path]``) names. `data_shape` is
    (3, height, width). `aug_list` are the augmenters; without, `CreateAugmenter` makes them of the
    other keyword arguments. `shuffle` visits pictures in a new random order each epoch,
    `part_index` and `num_parts` take a part of them. What cannot be decoded is left out, with a
    line in the log. `dtype` is the labels' type; pictures are float32. `last_batch_handle` is
    "pad", "discard" or "roll_over"; see NDArrayIter.
    """

    def __init__(self, batch_size, data_shape, label_width=1, path_imgrec=None, path_imglist=None,
                 path_root=None, path_imgidx=None, shuffle=False, part_index=0, num_parts=1,
                 aug_list=None, imglist=None, data_name="data", label_name="softmax_label",
                 dtype="float32", last_batch_handle="pad", **kwargs):
        super().__init__(batch_size)
        assert path_imgrec or path_imglist or isinstance(imglist, list), \
            "expected path_imgrec, path_imglist or imglist"
        assert dtype in ("int32", "float32", "int64", "float64"), \
            f"dtype: expected int32, int64, float32 or float64, got {dtype}"
        if last_batch_handle not in ("pad", "discard", "roll_over"):
            raise ValueError("last_batch_handle: expected pad, discard or roll_over, "
                             f"got {last_batch_handle!r}")
        self.check_data_shape(data_shape)
        self.data_shape = tuple(data_shape)
        self.label_width = label_width
        self.dtype = dtype
        self.shuffle = shuffle
        self.path_root = path_root
        self.last_batch_handle = last_batch_handle
        self.imglist = self._read_list(path_imglist, imglist)
        self.imgrec, self.imgidx = self._open_records(path_imgrec, path_imgidx)
        self.seq = self._sequence(shuffle, part_index, num_parts)
        # Of records that are read one after the other it is not known.
        self.num_image = None if self.seq is None else len(self.seq)
        labels = (batch_size,) if label_width == 1 else (batch_size, label_width)
        self.provide_data = [DataDesc(data_name, (batch_size,) + self.data_shape, "float32")]
        self.provide_label = [DataDesc(label_name, labels, dtype)]
        self.auglist = (CreateAugmenter(self.data_shape, **kwargs) if aug_list is None
                        else aug_list)
        self.cur = 0
        self._rolled_over = []
        self._ended = False
        self.reset()

    @staticmethod
    def _read_list(path, given):
        """Labels and paths of pictures by their keys, or None."""
        if path:
            entries = {}
            # What is no UTF-8 may still be a file's name.
            with open(path, encoding="utf-8", errors="surrogateescape") as lines:
                for number, line in enumerate(lines, 1):
                    try:
                        key, *labels, name = line.strip().split("\t")
                        entries[int(key)] = (np.array(labels, dtype=np.float32), name)
                    except ValueError:
                        raise MXNetError(f"{path}: line {number}: expected an index, labels and a path "
                                         f"with tabs between them, found {line.strip()!r}") from None
            return entries
        if not isinstance(given, list):
            return None
        entries = {}
        for place, entry in enumerate(given, 1):
            labels = entry[:-1] if len(entry) > 2 else entry[0]
            labels = [labels] if isinstance(labels, Number) else labels
            entries[str(place)] = (np.array(labels, dtype=np.float32).reshape(-1), entry[-1])
        return entries

    @staticmethod
    def _open_records(path, index):
        if not path:
            return None, None
        if not index:
            return recordio.MXRecordIO(path, "r"), None
        records = recordio.MXIndexedRecordIO(index, path, "r")
        return records, list(records.keys)

    def _sequence(self, shuffle, part_index, num_parts):
        """The keys of the pictures, or None where records are read one after the other."""
        if self.imgrec is None:
            keys = list(self.imglist)
        elif shuffle or num_parts > 1 or self.imgidx is not None:
            if self.imgidx is None:
                raise ValueError("shuffle and num_parts: expected path_imgidx, by which records "
                                 "are found")
            keys = self.imgidx
        else:
            return None
        if not 0 <= part_index < num_parts:
            raise ValueError(f"part_index: expected 0 to {num_parts - 1}, got {part_index}")
        size = len(keys) // num_parts
        return keys[part_index * size:(part_index + 1) * size] if num_parts > 1 else keys

    def reset(self):
        """Begins a new epoch, in another order where it is shuffled."""
        if self.shuffle and self.seq is not None:
            order = np.arange(len(self.seq), dtype=np.int64)
            _core.io.shuffle(order)
            self.seq = [self.seq[place] for place in order]
        self._begin()
        self._ended = False

    def hard_reset(self):
        """Begins a new epoch and forgets pictures that were to be rolled over."""
        self._rolled_over = []
        self.reset()

    def _begin(self):
        self.cur = 0
        if self.seq is None:
            self.imgrec.reset()

    def next_sample(self):
        """The label and the file of the next picture, bytes. StopIteration at the epoch's end."""
        if self.seq is None:
            record = self.imgrec.read()
            if record is None:
                raise StopIteration
            header, img = recordio.unpack(record)
            return header.label, img
        if self.cur >= len(self.seq):
            raise StopIteration
        key = self.seq[self.cur]
        self.cur += 1
        if self.imgrec is None:
            label, name = self.imglist[key]
            return label, self.read_image(name)
        header, img = recordio.unpack(self.imgrec.read_idx(key))
        return (header.label if self.imglist is None else self.imglist[key][0]), img

    def _next_pictures(self, count):
        """Up to `count` labelled pictures, as a batch holds them; fewer at the epoch's end."""
        found = []
        while len(found) < count:
            try:
                label, content = self.next_sample()
            except StopIteration:
                break
            try:
                data = self.imdecode(content)
                self.check_valid_image([data])
                label = self._parse_label(label)
            except (MXNetError, RuntimeError) as error:
                self._leave_out(error)
                continue
            label, data = self._augmented(label, data)
            if data is not None:
                found.append((label, self.postprocess_data(data)))
        return found

    def _leave_out(self, why):
        logging.warning("%s: a picture is left out: %s", type(self).__name__, why)

    def _parse_label(self, label):
        return label

    def _augmented(self, label, data):
        """Both as the augmenters change them; no picture where it is to be left out."""
        return label, self.augmentation_transform(data)

    def next(self):
        """The next batch: float32 pictures (batch_size, 3, height, width) and their labels."""
        if self._ended:
            raise StopIteration
        found, self._rolled_over = self._rolled_over, []
        found += self._next_pictures(self.batch_size - len(found))
        pad = self.batch_size - len(found)
        if pad:
            self._ended = True
            if not found or self.last_batch_handle == "discard":
                raise StopIteration
            if self.last_batch_handle == "roll_over":
                self._rolled_over = found
                raise StopIteration
        while len(found) < self.batch_size:
            self._begin()
            found += self._next_pictures(self.batch_size - len(found))
        return DataBatch(data=[self._joined([picture for _, picture in found])],
                         label=[self._labels([label for label, _ in found])], pad=pad)

    def _joined(self, pictures):
        for picture in pictures:
            if picture.shape != self.data_shape:
                raise MXNetError(f"ImageIter: expected pictures of shape {self.data_shape}, the "
                                 f"augmenters gave {picture.shape}")
        pictures = [picture.as_nd_ndarray() for picture in pictures]
        return _of_the_mode(nd.stack(*pictures, axis=0).astype("float32"))

    def _labels(self, labels):
        rows = [np.asarray(label.asnumpy() if isinstance(label, NDArray) else label).reshape(-1)
                for label in labels]
        width = self.provide_label[0].shape[1:] or (1,)
        for row in rows:
            if row.shape != width:
                raise MXNetError(f"ImageIter: expected {width[0]} numbers as the label of a picture, as "
                                 f"label_width says, got {len(row)}")
        return _of_the_mode(array(np.stack(rows).reshape(self.provide_label[0].shape), dtype=self.dtype))

    def check_data_shape(self, data_shape):
        """Raises ValueError unless `data_shape` is (3, height, width)."""
        if len(data_shape) != 3:
            raise ValueError(f"data_shape: expected (3, height, width), got {data_shape}")
        if data_shape[0] != 3:
            raise ValueError(f"data_shape: expected 3 channels, got {data_shape[0]}")

    def check_valid_image(self, data):
        """Raises RuntimeError unless there is a picture."""
        if len(data[0].shape) == 0:
            raise RuntimeError("the picture has no pixels")

    def imdecode(self, s):
        """The picture in the bytes of a file."""
        return imdecode(s)

    def read_image(self, fname):
        """The bytes of a file below `path_root`."""
        with open(os.path.join(self.path_root or "", fname), "rb") as file:
            return file.read()

    def augmentation_transform(self, data):
        """The picture as the augmenters change it."""
        for augmenter in self.auglist:
            data = augmenter(data)
        return data

    def postprocess_data(self, datum):
        """The picture with its channels first."""
        return datum.transpose((2, 0, 1))
