"""Between which numbers the outputs of a network's layers lie: what quantization looks at."""
import numpy as np

from .. import ndarray as nd
from ..ndarray import NDArray


def _ends(arr):
    return float(arr.min().asscalar()), float(arr.max().asscalar())


class CalibrationCollector:
    """What MXNet 2's collectors of one's own derive from: quantize_net takes one as
    `LayerOutputCollector`, tells it what the layers give for calibration data, and takes its ranges.

    `include_layers` are the names to look at, for those who ask; `min_max_dict` is to hold the least
    and the largest number of each array by its name.
    """

    def __init__(self):
        self.include_layers = None
        self.min_max_dict = {}

    def collect(self, name, op_name, arr):
        """Looks at an array: that of a variable ("null"), or what an operator gave."""

    def post_collect(self):
        """The ranges, when all data were seen."""
        return self.min_max_dict


class _Collector:
    """What an executor tells of its arrays (`set_monitor_callback` with ``monitor_all=True``).

    `include_layer` are the names to keep, all unless given. `shapes` are those of the arrays that
    were seen last; `excluded`, which quantize_graph sets, tells calib_graph what stays in floats.
    """

    def __init__(self, include_layer=None, logger=None):
        self.include_layer = include_layer
        self.logger = logger
        self.shapes = {}
        self.excluded = {}

    def collect(self, name, arr):
        """Notes what is in an array."""
        name = name if isinstance(name, str) else name.decode("utf-8")
        if self.include_layer is not None and name not in self.include_layer:
            return
        assert isinstance(arr, NDArray), f"arr: expected an NDArray, got {type(arr).__name__}"
        self.shapes[name] = arr.shape, arr.dtype
        if np.dtype(arr.dtype).kind != "f" or arr.size == 0:
            return
        if self.logger:
            self.logger.debug("%s: looking at %s", type(self).__name__, name)
        self._note(name, arr.astype("float32"))


class _LayerOutputMinMaxCollector(_Collector):
    """The least and the largest number of each array: `min_max_dict`."""

    def __init__(self, quantized_dtype, include_layer=None, logger=None):
        super().__init__(include_layer, logger)
        self.quantized_dtype = quantized_dtype
        self.min_max_dict = {}

    def _note(self, name, arr):
        least, most = _ends(arr)
        before = self.min_max_dict.get(name, (least, most))
        self.min_max_dict[name] = min(before[0], least), max(before[1], most)

    def ranges(self, _):
        """{name: (least, largest)}."""
        return self.min_max_dict


class _LayerHistogramCollector(_Collector):
    """A histogram around 0 of each array: `hist_dict`, see combine_histogram."""

    def __init__(self, num_bins=8001, include_layer=None, logger=None):
        super().__init__(include_layer, logger)
        self.num_bins = num_bins
        self.hist_dict = {}

    def _note(self, name, arr):
        least, most = _ends(arr)
        threshold = max(abs(least), abs(most))
        if name in self.hist_dict:
            self.hist_dict[name] = combine_histogram(self.hist_dict[name], arr, least, most,
                                                     threshold)
            return
        # An array of zeros has a bin for them.
        counts, edges = _histogram(arr, self.num_bins, threshold or 1e-8)
        self.hist_dict[name] = counts, edges, least, most, threshold

    def ranges(self, quantized_dtype):
        """{name: (least, largest)}, cut off where little is lost."""
        return _get_optimal_thresholds(dict(self.hist_dict), quantized_dtype)


def _histogram(arr, bins, threshold):
    arr = arr if isinstance(arr, NDArray) else nd.array(arr)
    counts, edges = nd.histogram(arr, bins, (-threshold, threshold))
    return counts.asnumpy(), edges.asnumpy()


def combine_histogram(old_hist, arr, new_min, new_max, new_th):
    """A histogram with the elements of one more array.

    A histogram is (counts, edges of the bins, least, largest number, threshold), its bins reach
    from -threshold to threshold. `new_min`, `new_max` and `new_th` say the same of `arr`. Where
    that reaches further there are more bins, all of the old width.
    """
    counts, edges, least, most, threshold = old_hist
    least, most = min(least, new_min), max(most, new_max)
    if new_th <= threshold:
        more, _ = _histogram(arr, len(counts), threshold or 1e-8)
        return counts + more, edges, least, most, threshold
    width = 2 * (threshold or 1e-8) / len(counts)
    beside = int((new_th - threshold) // width + 1)
    wider = beside * width + threshold
    more, edges = _histogram(arr, len(counts) + 2 * beside, wider)
    more[beside:beside + len(counts)] += counts
    return more, edges, least, most, wider


def _of_one_sign(least, quantized_dtype):
    return least >= 0 and quantized_dtype in ("auto", "uint8")


def _get_optimal_threshold(hist_data, quantized_dtype, num_quantized_bins=255):
    """(least, largest number, where to cut them off, what that costs) of a histogram, the last two
    arrays of one number; see nd.contrib.calibrate_entropy. Numbers from 0 on have twice the steps
    in uint8 and auto."""
    counts, edges, least, most, _ = hist_data
    steps = 2 * num_quantized_bins + 1 if _of_one_sign(least, quantized_dtype) else \
        num_quantized_bins
    threshold, divergence = nd.contrib.calibrate_entropy(
        nd.array(counts, dtype="float32"), nd.array(edges, dtype="float32"),
        num_quantized_bins=steps)
    return least, most, threshold.asnumpy(), divergence.asnumpy()


def _get_optimal_thresholds(hist_dict, quantized_dtype, num_quantized_bins=255, logger=None):
    """{name: (least, largest)}, cut off, of {name: histogram}, which is emptied."""
    found = {}
    for name in list(hist_dict):
        least, _, threshold, divergence = _get_optimal_threshold(
            hist_dict.pop(name), quantized_dtype, num_quantized_bins)
        threshold = float(threshold[0])
        found[name] = (0 if _of_one_sign(least, quantized_dtype) else -threshold), threshold
        if logger:
            logger.debug("%s: cut off at %f, divergence %f", name, threshold, float(divergence[0]))
    return found
