"""Recurrent nets of symbols, as MXNet had them before Gluon: `mx.rnn`."""
from ..io import DataBatch, DataDesc, DataIter  # noqa: F401
from ..model import load_checkpoint, save_checkpoint  # noqa: F401
from .io import *  # noqa: F403
from .rnn import *  # noqa: F403
from .rnn_cell import *  # noqa: F403
