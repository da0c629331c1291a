"""MXNet's module of this name: all iterators, and what they give."""

from ..base import py_str
from ..ndarray import CSRNDArray, NDArray, array
from .around import PrefetchingIter, ResizeIter
from .batch import DataBatch, DataDesc, DataIter
from .library import (CSVIter, ImageDetRecordIter, ImageRecordInt8Iter, ImageRecordIter,
                      ImageRecordIter_v1, ImageRecordUInt8Iter, ImageRecordUInt8Iter_v1,
                      LibSVMIter, MNISTIter, MXDataIter)
from .ndarray_iter import NDArrayIter
from .utils import _has_instance, _init_data
# Found here, too, as in MXNet.
from ..base import c_str_array, check_call  # noqa: F401
