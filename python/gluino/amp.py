"""MXNet 2's place of mx.contrib.amp."""
from .contrib.amp import *  # noqa: F403
from .contrib.amp import __all__  # noqa: F401
