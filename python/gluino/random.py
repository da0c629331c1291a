"""Random numbers, and the one seed that governs them: `mx.random`."""
import numpy as _np

from . import _core
from .base import integer_types
from .ndarray.random import *  # noqa: F403
from .ndarray.random import __all__ as _drawn
# Found here, too, as in MXNet.
from .base import check_call  # noqa: F401
from .context import Context, Device  # noqa: F401
from .util import wrap_ctx_to_device_func  # noqa: F401

__all__ = ["seed", *_drawn]


def seed(seed_state, ctx="all", device=None):  # pylint: disable=unused-argument
    """Starts all random numbers anew: initial weights, dropout, shuffling, augmentation. `ctx`,
    which 2.0 calls `device`, makes no difference."""
    if not isinstance(seed_state, integer_types):
        raise ValueError("seed_state must be int")
    _core.seed(int(_np.int64(seed_state)))
