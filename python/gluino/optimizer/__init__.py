"""How weights follow their gradients: `mx.optimizer.create('sgd', learning_rate=0.1)`."""
from . import contrib
from . import optimizer
from .optimizer import *  # pylint: disable=wildcard-import
from .optimizer import __all__ as _names

__all__ = ["contrib", *_names]
