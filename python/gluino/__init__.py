"""Gluino: deep learning with MXNet's interface, on a library in C++.

    import gluino as mx            # or, with the package of that name, import mxnet as mx
    x = mx.nd.array([[1, 2], [3, 4]])
"""
import importlib as _importlib

from . import _core
from .attribute import AttrScope
from .base import MXNetError
from .context import (Context, Device, cpu, cpu_pinned, current_context, current_device, gpu,
                      num_gpus)
from .libinfo import __version__
from . import autograd, base, context, name, ndarray, random, symbol, util
from .util import (is_np_array, is_np_default_dtype, is_np_shape, np_array, np_default_dtype,
                   np_shape, set_np, set_np_shape, use_np, use_np_array, use_np_default_dtype,
                   use_np_shape)

nd = ndarray
sym = symbol
rnd = random

# Modules that are loaded when they are first used, with their other names.
_LAZY = {
    **{module: module for module in (
        "amp", "attribute", "callback", "contrib", "device", "dlpack", "engine", "error",
        "executor", "executor_manager", "gluon", "image", "initializer", "io", "kvstore", "libinfo", "log",
        "lr_scheduler", "metric", "model", "module", "monitor", "notebook", "numpy",
        "numpy_dispatch_protocol", "numpy_extension", "numpy_op_signature",
        "onnx", "operator", "optimizer", "profiler", "recordio", "registry", "rnn", "rtc", "runtime",
        "test_utils", "visualization")},
    "np": "numpy", "npx": "numpy_extension", "mod": "module", "kv": "kvstore",
    "init": "initializer", "mon": "monitor", "viz": "visualization", "img": "image",
}


def __getattr__(attribute):
    if attribute in _LAZY:
        value = _importlib.import_module(f"{__name__}.{_LAZY[attribute]}")
        globals()[attribute] = value
        return value
    raise AttributeError(f"module {__name__!r} has no attribute {attribute!r}")


def __dir__():
    return sorted({*globals(), *_LAZY})


def waitall():
    """Returns when everything is computed; see mx.nd.waitall."""
    ndarray.waitall()
