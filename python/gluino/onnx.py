"""Networks as ONNX files, which other runtimes read and write: ``mx.onnx``.

What is translated stands in ``docs/onnx.md``; what has no form on the other side is an MXNetError
that names node and operator.
"""

import logging
import os

import numpy as np

from . import _core
from .base import MXNetError
from .context import cpu
from .ndarray import load as _load_arrays
from .symbol import Symbol
from .symbol import load as _load_symbol

__all__ = ["export_model", "get_operator_support"]


def _plain(name):
    return name[4:] if name.startswith(("arg:", "aux:")) else name


def _parameters(params):
    """Arrays by name, of a file, a dict, or MXNet 2's list [arg_params, aux_params]."""
    if isinstance(params, (str, os.PathLike)):
        params = _load_arrays(os.fspath(params))
    if isinstance(params, (list, tuple)):
        params = {name: array for part in params for name, array in part.items()}
    if not isinstance(params, dict):
        raise ValueError(f"params: expected a file or a dict of arrays, got {type(params).__name__}")
    return {_plain(name): array.as_nd_ndarray() for name, array in params.items()}


def _types(in_types, inputs):
    given = list(in_types) if isinstance(in_types, (list, tuple)) else [in_types] * len(inputs)
    if len(given) != len(inputs):
        raise ValueError(f"in_types: expected {len(inputs)} types, those of {inputs}, "
                         f"got {len(given)}")
    return {name: np.dtype(dtype).name for name, dtype in zip(inputs, given)}


def _dynamic_names(shape):
    """(sizes, names): what is None, 0, below 0 or a text is told when the network runs."""
    known = [isinstance(size, (int, np.integer)) and size > 0 for size in shape]
    return (tuple(int(size) if is_known else -1 for size, is_known in zip(shape, known)),
            [size if isinstance(size, str) else "" for size in shape])


def export_model(sym, params, in_shapes=None, in_types=np.float32, onnx_file_path="model.onnx",
                 verbose=False, dynamic=False, dynamic_input_shapes=None,
                 run_shape_inference=False, input_type=None, input_shape=None, large_model=False,
                 opset_version=13):
    """Writes a network with its parameters as an ONNX file, for inference.

    Parameters
    ----------
    sym : str or Symbol
        The network, or its file.
    params : str, dict of str to NDArray, or list of such
        Its parameters, with or without "arg:" and "aux:" before their names, or their file.
    in_shapes : list of tuple
        The shapes of the inputs, in the order of the symbol's arguments: those that are no
        parameters and no labels. None or 0 is a size that is told when the network runs.
    in_types : type or list of type
        Their types.
    onnx_file_path : str
        Where the file is written; an earlier one is replaced as a whole.
    verbose : bool
        Logs what was written.
    dynamic : bool
        Takes `dynamic_input_shapes` in the place of `in_shapes`; without these the first axis of
        each input is told when the network runs.
    dynamic_input_shapes : list of tuple
        As in_shapes; a text is the name of such a size.
    run_shape_inference : bool
        The shapes of all outputs are written in any case.
    input_type, input_shape
        Older names of in_types and in_shapes.
    large_model : bool
        Refused: files of more than 2 GiB are not written.
    opset_version : int
        ONNX' set of operators, 13 to 21.

    Returns
    -------
    str
        onnx_file_path

    Raises
    ------
    MXNetError
        Naming node and operator, for what has no form in ONNX.
    ValueError
        When there are other numbers of shapes or types than of inputs.
    """
    if large_model:
        raise NotImplementedError("large_model: files of more than 2 GiB are not written")
    in_types = in_types if input_type is None else input_type
    in_shapes = in_shapes if input_shape is None else input_shape
    symbol = sym if isinstance(sym, Symbol) else _load_symbol(os.fspath(sym))
    arrays = _parameters(params)
    wanted = set(symbol.list_arguments()) | set(symbol.list_auxiliary_states())
    arrays = {name: array for name, array in arrays.items() if name in wanted}
    inputs = [name for name in symbol.list_arguments()
              if name not in arrays and not name.endswith("label")]
    if dynamic:
        shapes = dynamic_input_shapes or [(None, *shape[1:]) for shape in in_shapes or []]
    else:
        shapes = in_shapes or []
    if len(shapes) != len(inputs):
        raise ValueError(f"in_shapes: expected {len(inputs)} shapes, those of {inputs}, "
                         f"got {len(shapes)}")
    sizes, names = {}, {}
    for name, shape in zip(inputs, shapes):
        sizes[name], names[name] = _dynamic_names(shape)
    path = os.fspath(onnx_file_path)
    _core.onnx_export(path, symbol, arrays, sizes, _types(in_types, inputs), opset_version, names)
    if verbose:
        logging.info("%s: inputs %s, %d parameters, operator set %d", path, inputs, len(arrays),
                     opset_version)
    return path


def get_operator_support(opset_version=None):
    """The names of the operators that are written in this set of ONNX', 13 unless given."""
    first, last = _core.ONNX_OPSETS
    if opset_version is not None and not first <= opset_version <= last:
        raise AttributeError(f"opset_version: expected {first} to {last}, got {opset_version}")
    return _core.onnx_operators()[0]


def _read(reader, model_file):
    path = os.fspath(model_file)
    try:
        return reader(path)
    except UnicodeDecodeError as error:
        raise MXNetError(f"{path}: a name in it is no text: {error}") from None


def import_model(model_file):
    """Reads an ONNX file: (symbol, arg_params, aux_params).

    Raises
    ------
    MXNetError
        Naming file, node, operator and attribute, for what is broken or has no form here.
    """
    symbol, arg_params, aux_params, _ = _read(_core.onnx_import, model_file)
    return symbol, arg_params, aux_params


def get_model_metadata(model_file):
    """What a file says of its inputs and outputs: {'input_tensor_data': [(name, shape), ...],
    'output_tensor_data': ...}. A size that is told when the network runs is None.
    """
    inputs, outputs = _read(_core.onnx_metadata, model_file)
    return {"input_tensor_data": inputs, "output_tensor_data": outputs}


def import_to_gluon(model_file, ctx=None):
    """Reads an ONNX file as a gluon.SymbolBlock, with its parameters at the context or contexts."""
    from . import gluon, symbol
    net, arg_params, aux_params, inputs = _read(_core.onnx_import, model_file)
    block = gluon.SymbolBlock(net, [symbol.var(name) for name, _ in inputs])
    ctx = cpu() if ctx is None else ctx
    for name, parameter in block.collect_params().items():
        array = arg_params[name] if name in arg_params else aux_params[name]
        parameter._load_init(array, ctx)
    return block
