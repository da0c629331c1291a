"""Recurrent layers, and the cells that they are made of."""
from . import rnn_cell, rnn_layer
from .rnn_cell import (BidirectionalCell, DropoutCell, GRUCell, HybridRecurrentCell,
                       HybridSequentialRNNCell, LSTMCell, ModifierCell, RecurrentCell,
                       ResidualCell, RNNCell, SequentialRNNCell, ZoneoutCell)
from .rnn_layer import GRU, LSTM, RNN

# In 2.0 these are here, too.
_CONTRIB = ('Conv1DRNNCell', 'Conv2DRNNCell', 'Conv3DRNNCell', 'Conv1DLSTMCell', 'Conv2DLSTMCell',
            'Conv3DLSTMCell', 'Conv1DGRUCell', 'Conv2DGRUCell', 'Conv3DGRUCell', 'LSTMPCell',
            'VariationalDropoutCell')


def __getattr__(name):
    if name not in _CONTRIB:
        raise AttributeError(f'module {__name__!r} has no attribute {name!r}')
    from ..contrib import rnn as more  # builds on this module
    return getattr(more, name)
