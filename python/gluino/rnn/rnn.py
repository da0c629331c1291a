"""Checkpoints of nets with cells: files hold each gate's weights by itself."""
from .. import symbol
from ..base import _as_list
from ..model import load_checkpoint, save_checkpoint
from .rnn_cell import BaseRNNCell  # noqa: F401

__all__ = ['rnn_unroll', 'save_rnn_checkpoint', 'load_rnn_checkpoint', 'do_rnn_checkpoint']


def rnn_unroll(cell, length, inputs=None, begin_state=None, input_prefix='', layout='NTC'):
    """`cell.unroll`; without inputs for variables `{input_prefix}t0_data` and so on."""
    if inputs is None:
        inputs = [symbol.Variable(f'{input_prefix}t{i}_data') for i in range(length)]
    return cell.unroll(length, inputs, begin_state=begin_state, layout=layout)


def save_rnn_checkpoint(cells, prefix, epoch, symbol, arg_params, aux_params):
    """Writes what `mx.model.save_checkpoint` does, with the weights of the cells (one or a list)
    unpacked, so that cells of another kind, fused ones or not, can read them."""
    for cell in _as_list(cells):
        arg_params = cell.unpack_weights(arg_params)
    save_checkpoint(prefix, epoch, symbol, arg_params, aux_params)


def load_rnn_checkpoint(cells, prefix, epoch):
    """Reads what :func:`save_rnn_checkpoint` wrote: the symbol, the parameters as the cells have
    them, and the auxiliary states."""
    symbol, arg_params, aux_params = load_checkpoint(prefix, epoch)
    for cell in _as_list(cells):
        arg_params = cell.pack_weights(arg_params)
    return symbol, arg_params, aux_params


def do_rnn_checkpoint(cells, prefix, period=1):
    """A callback for the end of epochs that saves each `period`-th by
    :func:`save_rnn_checkpoint`."""
    period = max(1, int(period))

    def callback(iter_no, sym=None, arg=None, aux=None):
        if (iter_no + 1) % period == 0:
            save_rnn_checkpoint(cells, prefix, iter_no + 1, sym, arg, aux)

    return callback
