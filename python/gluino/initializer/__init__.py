"""How parameters get their first values: `mx.init.Xavier()(mx.init.InitDesc('fc_weight'), array)`.

Random ones follow `mx.random.seed`.
"""
# Users' initializers take these from here, too.
from ..ndarray import NDArray, load
from ..util import is_np_array
from .base import InitDesc, Initializer, alias, create, register
from .combined import Load, Mixed
from .kinds import (Bilinear, Constant, MSRAPrelu, Normal, One, Orthogonal, Uniform, Xavier, Zero)
from .rnn import FusedRNN, LSTMBias, RNNFused

__all__ = ["Bilinear", "Constant", "FusedRNN", "InitDesc", "Initializer", "LSTMBias", "Load",
           "MSRAPrelu", "Mixed", "Normal", "One", "Orthogonal", "RNNFused", "Uniform", "Xavier",
           "Zero", "alias", "create", "register"]
