"""What modules, FeedForward and callbacks share: checkpoints, and what callbacks are told."""

import logging
from collections import namedtuple

from . import _core
from . import ndarray as nd
from . import symbol as sym
from .context import cpu
from .executor import FrozenGraph

BatchEndParam = namedtuple(  # type: ignore[name-match]
    "BatchEndParams", ["epoch", "nbatch", "eval_metric", "locals"], module=__package__ + ".model"
)
BatchEndParam.__doc__ = """What callbacks at the end of a batch, and of an evaluation, are told.

``epoch`` counts from 0; ``nbatch`` is the number of the batch in it (from 0 in Module, from 1 in
FeedForward), or at the end of an evaluation the count of its batches; ``eval_metric`` may be None;
``locals`` are the variables of the loop that calls.
"""


def checkpoint_path(prefix, epoch, kind="params"):
    """The name of a checkpoint's file: ``prefix-0001.params`` for epoch 1."""
    return f"{prefix}-{epoch:04d}.{kind}"


def named_arrays(arg_params, aux_params):
    """Parameters as files have them: named ``arg:fc1_weight`` and ``aux:bn_moving_mean``, in the
    order in which the library in C++ writes them, too.
    """
    return {
        f"{kind}:{name}": array.as_in_context(cpu())
        for kind, params in (("arg", arg_params), ("aux", aux_params))
        for name, array in sorted(params.items())
    }


def write_checkpoint(prefix, epoch, symbol, arg_params, aux_params, states=None):
    """What :func:`save_checkpoint` does; also writes ``prefix-0001.states``, if there are states
    that an optimizer keeps, as bytes.
    """
    path = checkpoint_path(prefix, epoch)
    states_path = checkpoint_path(prefix, epoch, "states")
    _core.write_checkpoint(
        [] if symbol is None else [(f"{prefix}-symbol.json", symbol)],
        path,
        list(named_arrays(arg_params, aux_params).items()),
        [] if states is None else [(states_path, states)],
    )
    logging.info('Saved checkpoint to "%s"', path)
    if states is not None:
        logging.info('Saved optimizer state to "%s"', states_path)


def save_checkpoint(prefix, epoch, symbol, arg_params, aux_params, remove_amp_cast=True):
    """Writes a trained network: ``prefix-symbol.json``, and ``prefix-0001.params`` for epoch 1.

    Whenever that is broken off, there are the old files, the new ones, or some are missing.

    Parameters
    ----------
    prefix : str
    epoch : int
    symbol : Symbol or None
        None leaves its file out.
    arg_params, aux_params : dict of str to NDArray
    remove_amp_cast : bool
        Has no effect: mixed precision adds no casts to symbols here.
    """
    write_checkpoint(prefix, epoch, symbol, arg_params, aux_params)


def load_params(prefix, epoch):
    """Reads the parameters of a checkpoint: ``(arg_params, aux_params)``, two dicts."""
    path = checkpoint_path(prefix, epoch)
    arrays = nd.load(path)
    if not arrays:
        logging.warning("Params file '%s' is empty", path)
        return {}, {}
    params = {"arg": {}, "aux": {}}
    for key, array in arrays.items():
        kind, _, name = key.partition(":")
        if kind in params:
            params[kind][name] = array
    return params["arg"], params["aux"]


def load_checkpoint(prefix, epoch):
    """Reads what :func:`save_checkpoint` wrote.

    Returns
    -------
    symbol : Symbol
    arg_params, aux_params : dict of str to NDArray
    """
    symbol = sym.load(f"{prefix}-symbol.json")
    arg_params, aux_params = load_params(prefix, epoch)
    return symbol, arg_params, aux_params


def load_frozen(prefix, epoch, inputs=None, ctx=None, **options):
    """The network of a checkpoint for inference alone; see :class:`FrozenGraph` for the options. Its
    losses need no labels.
    """
    return FrozenGraph(*load_checkpoint(prefix, epoch), inputs=inputs, ctx=ctx, **options)
