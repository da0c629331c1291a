"""Iterators of the library, which read files and prepare batches on its own threads."""

from .. import _core
from ..base import MXNetError
from .batch import DataBatch, DataDesc, DataIter


class MXDataIter(DataIter):
    """An iterator of the library, which reads and prepares the batches. Made by the functions of
    its kinds, such as CSVIter."""

    def __init__(self, handle, data_name="data", label_name="softmax_label", **_):
        super().__init__(handle.batch_size)
        self.handle = handle
        self.provide_data = [DataDesc(data_name, *rest) for rest in handle.provide_data]
        self.provide_label = [DataDesc(label_name, *rest) for rest in handle.provide_label]
        self._batch = None
        self._skips_loading = False

    def debug_skip_load(self):
        """Gives the first batch again and again, to measure what all but the loading costs."""
        self._skips_loading = True

    def reset(self):
        """Begins a new epoch."""
        if not self._skips_loading:
            self.handle.reset()
            self._batch = None

    def iter_next(self):
        """Goes to the next batch; False at the end of the epoch."""
        if self._batch is None or not self._skips_loading:
            self._batch = self.handle.next()
        return self._batch is not None

    def next(self):
        """The next batch."""
        if not self.iter_next():
            raise StopIteration
        data, label, pad, index = self._at_hand()
        return DataBatch(data=data, label=label, pad=pad, index=index)

    def _at_hand(self):
        if self._batch is None:
            raise MXNetError("there is no batch at hand: call next() or iter_next() first")
        return self._batch

    def getdata(self):
        """The data of the batch at hand: an array."""
        return self._at_hand()[0][0]

    def getlabel(self):
        """The labels of the batch at hand: an array."""
        return self._at_hand()[1][0]

    def getindex(self):
        """The numbers of the samples of the batch at hand: a NumPy array."""
        return self._at_hand()[3]

    def getpad(self):
        """How many rows only fill up the batch at hand."""
        return self._at_hand()[2]


def _iterator_of_library(kind, doc):
    def create(*args, **kwargs):
        if args:
            raise TypeError(f"{kind}: expected options by their names, got {args[0]!r}")
        names = {key: kwargs.pop(key) for key in ("data_name", "label_name") if key in kwargs}
        return MXDataIter(_core.io.make_iterator(kind, kwargs), **names)

    create.__name__ = create.__qualname__ = kind
    create.__doc__ = doc
    return create


CSVIter = _iterator_of_library("CSVIter", """Batches of numbers out of text files, a line per
sample.

Options: data_csv, data_shape (of a sample) and batch_size are required; label_csv, label_shape,
round_batch, dtype, data_name, label_name. Raises MXNetError for a missing file or option, naming
it, and for lines that do not fit where they are met.""")

LibSVMIter = _iterator_of_library("LibSVMIter", """Batches of csr arrays out of text files, a line
such as "1 0:0.5 3:2" per sample: its label, and columns, counted from 0, with their values.

Options: data_libsvm, data_shape (the number of columns) and batch_size are required; label_libsvm
(labels as csr arrays), label_shape, num_parts, part_index, dtype, data_name, label_name. Raises
MXNetError for a missing file or option, naming it, and for lines that do not fit where they are
met.""")

MNISTIter = _iterator_of_library("MNISTIter", """Batches of images and labels out of a pair of IDX
files, with pixels from 0 to below 1.

Options: image, label (files), batch_size=128, shuffle=True, seed, flat=False (rows of pixels),
silent, num_parts, part_index, data_name, label_name. Raises MXNetError for a missing or wrong file
and for options that do not exist.""")

ImageRecordIter = _iterator_of_library("ImageRecordIter", """Batches of pictures out of a RecordIO
file, decoded, changed, cut and normalised on threads of the library.

Options: path_imgrec, data_shape (channels, height, width) and batch_size are required; path_imgidx,
path_imglist (labels by the ids of the records), label_width, shuffle, seed (of the order and the
changes) and seed_aug (of the changes), which mx.random.seed decides unless given, round_batch,
num_parts, part_index, preprocess_threads, prefetch_buffer, dtype, data_name, label_name.

Changes, in this order: resize; rotate or max_rotate_angle, max_shear_ratio, min_ and
max_random_scale, min_ and max_aspect_ratio, min_ and max_img_size; pad, with fill_value; either
random_resized_crop, with min_ and max_random_area and min_ and max_aspect_ratio, or min_ and
max_crop_size, or neither, with rand_crop; brightness, contrast, saturation; random_h, random_s,
random_l; pca_noise; mirror and rand_mirror; mean_img (a file, made where there is none) or mean_r,
mean_g, mean_b; max_random_contrast, max_random_illumination; scale, std_r, std_g, std_b. New sizes
are made by inter_method. aug_seq, names with commas between them, says by "aug_default" how often
the changes down to pca_noise are made; without it pictures must have the size of the data. Unknown
options raise MXNetError.""")

ImageRecordUInt8Iter = _iterator_of_library("ImageRecordUInt8Iter", """As ImageRecordIter, with
pixels as they are, in uint8, and labels in float32. Means and factors but 0 and 1 raise
NotImplementedError.""")

ImageRecordInt8Iter = _iterator_of_library("ImageRecordInt8Iter", """As ImageRecordIter, with pixels
in int8, less the means, which are rounded, and from -128 to 127. Factors but 1 raise
NotImplementedError.""")

ImageRecordIter_v1 = _iterator_of_library("ImageRecordIter_v1", """ImageRecordIter under the name
that MXNet gives its older one.""")

ImageRecordUInt8Iter_v1 = _iterator_of_library("ImageRecordUInt8Iter_v1", """ImageRecordUInt8Iter
under the name that MXNet gives its older one.""")

ImageDetRecordIter = _iterator_of_library("ImageDetRecordIter", """Batches of pictures and of the
objects on them out of a RecordIO file that im2rec has made with --pack-label.

A label has the picture's channels, height and width in the data, the number of numbers of its own,
these (the width of their header, that of an object, what else the header has, and objects: class,
left, top, right, bottom, ...), and is filled up with label_pad_value to 4 + label_pad_width numbers.

Options: path_imgrec, data_shape (channels, height, width) and batch_size are required; path_imgidx,
path_imglist (labels by the ids of the records), label_width, label_pad_width, label_pad_value,
shuffle, seed, resize, max_random_hue, random_hue_prob (and saturation, illumination, contrast),
rand_mirror_prob, rand_pad_prob, max_pad_scale, fill_value, rand_crop_prob, num_crop_sampler,
min_crop_scales, max_crop_scales (and aspect_ratios, overlaps, sample_coverages, object_coverages),
max_crop_trials, crop_emit_mode, emit_overlap_thresh, resize_mode, inter_method, mean_img (a file,
made where there is none) or mean_r, mean_g, mean_b, then scale, std_r, std_g, std_b, aug_seq
("det_aug_default" as often as these changes are made), round_batch, num_parts, part_index,
preprocess_threads, prefetch_buffer, dtype, data_name, label_name. Unknown ones raise
MXNetError.""")
