"""Gluon: networks as Python objects, run step by step or compiled to graphs.

A network is a :class:`Block` made of parameters and other blocks; a :class:`HybridBlock` can become
a compiled graph; a :class:`Trainer` applies an optimizer to the parameters.
"""

from .parameter import (Constant, DeferredInitializationError, Parameter, ParameterDict,
                        tensor_types)
from .block import Block, HybridBlock, SymbolBlock
from .trainer import Trainer
from . import block, nn, parameter, trainer, utils
from . import contrib, data, loss, model_zoo, rnn
from . import metric
