"""What MXNet calls contributed: `mx.contrib`."""
import importlib as _importlib

_MODULES = {"amp": "amp", "autograd": "autograd", "io": "io", "ndarray": "ndarray", "nd": "ndarray",
            "symbol": "symbol", "sym": "symbol", "tensorboard": "tensorboard", "text": "text",
            "quantization": "quantization", "quant": "quantization", "onnx": "onnx",
            "svrg_optimization": "svrg_optimization"}


def __getattr__(name):
    if name in _MODULES:
        value = _importlib.import_module(f"{__name__}.{_MODULES[name]}")
        globals()[name] = value
        return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
