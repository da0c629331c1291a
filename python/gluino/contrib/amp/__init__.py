"""Mixed precision: `mx.contrib.amp`."""
from . import amp
from .amp import *  # noqa: F403
from .amp import __all__  # noqa: F401
