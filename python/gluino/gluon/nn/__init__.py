"""The layers that networks are made of."""

from .activations import *
from .basic_layers import *
from .conv_layers import *
from ..block import Block, HybridBlock, SymbolBlock
from . import activations, basic_layers, conv_layers

from ._contrib import contrib_layers

__getattr__ = contrib_layers(__name__, 'SyncBatchNorm', 'DeformableConvolution',
                             'ModulatedDeformableConvolution')
