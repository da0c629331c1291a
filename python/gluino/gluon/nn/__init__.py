"""The layers that networks are made of."""

from .activations import *
from .basic_layers import *
from .conv_layers import *
from ..block import Block, HybridBlock, SymbolBlock
from . import activations, basic_layers, conv_layers

# In 2.0 these are here, too.
_CONTRIB = {'SyncBatchNorm': 'nn', 'DeformableConvolution': 'cnn',
            'ModulatedDeformableConvolution': 'cnn'}


def __getattr__(name):
    if name not in _CONTRIB:
        raise AttributeError(f'module {__name__!r} has no attribute {name!r}')
    import importlib  # the modules build on this one
    return getattr(importlib.import_module(f'..contrib.{_CONTRIB[name]}', __name__), name)
