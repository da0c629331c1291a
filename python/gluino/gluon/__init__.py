"""Gluon: networks as Python objects, run step by step or compiled to graphs.

A network is a :class:`Block` made of parameters and other blocks; a :class:`HybridBlock` can become
a compiled graph; a :class:`Trainer` applies an optimizer to the parameters.
"""

import importlib as _importlib

from .parameter import (Constant, DeferredInitializationError, Parameter, ParameterDict,
                        tensor_types)
from .block import Block, HybridBlock, SymbolBlock
from .trainer import Trainer
from . import block, nn, parameter, trainer, utils

# Loaded when they are first used, so that networks that need none of them start sooner.
_LAZY = ('contrib', 'data', 'loss', 'metric', 'model_zoo', 'probability', 'rnn')


def __getattr__(name):
    if name in _LAZY:
        return _importlib.import_module(f'{__name__}.{name}')
    raise AttributeError(f'module {__name__!r} has no attribute {name!r}')


def __dir__():
    return sorted({*globals(), *_LAZY})
