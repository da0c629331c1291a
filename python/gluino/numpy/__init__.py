"""mx.np: NumPy's functions on our arrays, with gradients.

After `npx.set_np()` Gluon speaks these arrays. Arrays are float32 unless one says otherwise. What
is not there yet raises NotImplementedError and says what it needs.
"""
from . import arrayprint, fallback, fallback_linalg, function_base, io, stride_tricks, utils
from . import multiarray, random
from . import linalg
from .multiarray import *  # noqa: F401,F403
from .arrayprint import *  # noqa: F401,F403
from .fallback import *  # noqa: F401,F403
from .io import *  # noqa: F401,F403
from .utils import *  # noqa: F401,F403
from .utils import _STR_2_DTYPE_


def can_cast(from_, to):
    """Whether NumPy's rules let a type, or an array's, become another without loss."""
    import numpy  # pylint: disable=import-outside-toplevel
    return numpy.can_cast(getattr(from_, "dtype", from_), to)
