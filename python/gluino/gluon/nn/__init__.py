"""The layers that networks are made of."""

from .activations import *
from .basic_layers import *
from .conv_layers import *
from ..block import Block, HybridBlock, SymbolBlock
from . import activations, basic_layers, conv_layers
