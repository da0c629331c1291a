"""MXNet's older way to train a symbol, and checkpoints: ``mx.model``."""

from ._feed_forward import FeedForward
from ._own_loops import (  # noqa: F401 - programs with modules of their own use them
    _create_kvstore,
    _initialize_kvstore,
    _update_params,
    _update_params_on_kvstore,
)
from ._training import BatchEndParam, load_checkpoint, load_frozen, load_params, save_checkpoint
from .callback import LogValidationMetricsCallback
from .context import Context, cpu
from .executor import FrozenGraph
from .executor_manager import DataParallelExecutorManager
from .initializer import Uniform
from .io import DataDesc
from .optimizer import get_updater

__all__ = ["BatchEndParam", "FeedForward", "FrozenGraph", "load_checkpoint", "load_frozen",
           "load_params", "save_checkpoint"]

FeedForward.__module__ = __name__
