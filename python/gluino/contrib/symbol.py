"""The older place of mx.sym.contrib."""
from ..symbol.contrib import *  # noqa: F403
