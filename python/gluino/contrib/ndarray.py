"""The older place of mx.nd.contrib."""
from ..ndarray.contrib import *  # noqa: F403
