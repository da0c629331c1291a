"""The metrics under the name that MXNet 2.0 gives them; see `gluino.metric`."""
from .. import metric as _metric
from ..metric import *  # noqa: F401,F403


def __getattr__(name):
    return getattr(_metric, name)
