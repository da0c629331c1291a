"""Recurrent cells: what happens in one step. `cell(input, states)` gives the output and the new
states; `cell.unroll(length, inputs)` takes a whole sequence."""
from ...context import cpu  # noqa: F401
from ...util import use_np  # noqa: F401
from ..block import Block, HybridBlock  # noqa: F401
from ..nn import LeakyReLU  # noqa: F401
from ..parameter import Parameter  # noqa: F401
from ._base_cells import HybridRecurrentCell, ModifierCell, RecurrentCell
from ._cells import GRUCell, LSTMCell, RNNCell
from ._combined_cells import BidirectionalCell, HybridSequentialRNNCell, SequentialRNNCell
from ._modifier_cells import DropoutCell, ResidualCell, ZoneoutCell

__all__ = ['RecurrentCell', 'HybridRecurrentCell', 'RNNCell', 'LSTMCell', 'GRUCell',
           'SequentialRNNCell', 'HybridSequentialRNNCell', 'DropoutCell', 'ModifierCell',
           'ZoneoutCell', 'ResidualCell', 'BidirectionalCell']


def __getattr__(name):
    if name not in ('LSTMPCell', 'VariationalDropoutCell', 'dynamic_unroll'):
        raise AttributeError(f'module {__name__!r} has no attribute {name!r}')
    from ..contrib.rnn import rnn_cell as more  # builds on this module; in 2.0 it is here
    return getattr(more, name)
