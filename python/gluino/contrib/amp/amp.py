"""Mixed precision: `mx.contrib.amp`, `mx.amp`.

After `amp.init("bfloat16")` products are computed in bfloat16 and added up in float32; weights and
all else stay float32, so that no loss has to be scaled. `float16` products no processor of ours has.
"""
import contextlib
import json

import numpy as np

from ... import _core
from ...base import MXNetError
from . import conversion

__all__ = ["init", "init_trainer", "scale_loss", "unscale", "convert_model", "convert_hybrid_block",
           "convert_symbol", "list_lp16_ops", "list_fp32_ops", "list_lp16_fp32_ops",
           "list_conditional_fp32_ops", "list_widest_type_cast", "list_loss_output_functions",
           "list_lp16_use_fp32_params"]


# Whether init has been called: what MXNet calls this programs read.
_amp_initialized = False


def _name(target_dtype):
    return target_dtype if isinstance(target_dtype, str) else np.dtype(target_dtype).name


def init(target_dtype="float16", target_precision_ops=None, conditional_fp32_ops=None, fp32_ops=None):
    """From now on products are computed in `target_dtype`: "bfloat16", or "float32", which is so at
    first. Raises MXNetError for float16, and where the processor lacks bfloat16."""
    if target_precision_ops or conditional_fp32_ops or fp32_ops:
        raise NotImplementedError("amp.init: which operators compute in half precision is not chosen by "
                                  "lists; products do, all else stays float32")
    if _name(target_dtype) == "float16":
        raise MXNetError("amp.init: no processor multiplies in float16; use amp.init('bfloat16')")
    _core.amp.init(_name(target_dtype))
    global _amp_initialized
    _amp_initialized = True


class _LossScaler:
    """bfloat16 has float32's range: the scale is 1 and stays so."""

    loss_scale = 1.0

    def has_overflow(self, params):
        """False; see above."""
        return False


def init_trainer(optimizer_or_trainer):
    """Prepares a trainer for scale_loss."""
    optimizer_or_trainer._amp_loss_scaler = _LossScaler()
    optimizer_or_trainer._amp_original_scale = getattr(optimizer_or_trainer, "_scale", 1.0)


@contextlib.contextmanager
def scale_loss(loss, optimizer_or_trainer):
    """The loss, scaled so that small gradients survive half precision, in a with-statement."""
    scaler = getattr(optimizer_or_trainer, "_amp_loss_scaler", None)
    if scaler is None:
        raise AssertionError("scale_loss: call amp.init_trainer() with the trainer first")
    yield [one * scaler.loss_scale for one in loss] if isinstance(loss, (list, tuple)) \
        else loss * scaler.loss_scale


def unscale(optimizer_or_trainer):
    """Takes the scale out of the gradients: it is 1."""
    if getattr(optimizer_or_trainer, "_amp_loss_scaler", None) is None:
        raise AssertionError("call amp.init_trainer() first")


def _beside_states(sym):
    """The names of the parameters of layers that keep states, such as BatchNorm: like these they
    stay in float32, which half precision would be too coarse for."""
    nodes = json.loads(sym.tojson())["nodes"]
    states = set(sym.list_auxiliary_states())
    inputs = [[nodes[source[0]]["name"] for source in node["inputs"]] for node in nodes]
    return {name for names in inputs if states & set(names) for name in names[1:]}


def convert_symbol(sym, target_dtype="float16", target_dtype_ops=None, fp32_ops=None,
                   conditional_fp32_ops=None, excluded_sym_names=None, data_names=None,
                   cast_optional_params=False):
    """The symbol computing in `target_dtype`, float16 or bfloat16: inputs are cast to it, outputs back
    to float32. Operators compute through float32 and round once; layers that keep states, such as
    BatchNorm, have float32 parameters and states. Losses, and a softmax that is an output, are
    computed in float32; what an operator takes as places or lengths, such as Embedding, is not cast."""
    if target_dtype_ops or fp32_ops or conditional_fp32_ops or excluded_sym_names:
        raise NotImplementedError("amp.convert_symbol: all operators compute in the one type; none are "
                                  "chosen by lists")
    kept = _beside_states(sym)
    cast = {name for name in sym.list_arguments() if not name.endswith("label") and name not in kept}
    return conversion.converted(sym, cast, _name(target_dtype))


def convert_model(sym, arg_params, aux_params, target_dtype="float16", **kwargs):
    """(symbol, arguments, auxiliary states) of convert_symbol; the arrays stay float32."""
    return convert_symbol(sym, target_dtype, **kwargs), dict(arg_params), dict(aux_params)


def convert_hybrid_block(block, target_dtype="float16", target_dtype_ops=None, fp32_ops=None,
                         conditional_fp32_ops=None, excluded_sym_names=None, ctx=None,
                         cast_optional_params=False):
    """A SymbolBlock that computes what the hybridized `block` does, in `target_dtype`."""
    import os
    import tempfile

    from ... import cpu, symbol
    from ...gluon import SymbolBlock
    with tempfile.TemporaryDirectory() as folder:
        prefix = os.path.join(folder, "block")
        block.export(prefix)
        sym = symbol.load(f"{prefix}-symbol.json")
        converted = convert_symbol(sym, target_dtype, target_dtype_ops, fp32_ops,
                                   conditional_fp32_ops, excluded_sym_names)
        converted.save(f"{prefix}-converted.json")
        data = [name for name in sym.list_inputs() if name not in block.collect_params()]
        return SymbolBlock.imports(f"{prefix}-converted.json", data, f"{prefix}-0000.params",
                                   ctx=ctx or cpu())


def _no_list(what):
    def names(target_dtype="float16"):
        return []
    names.__doc__ = f"The operators {what}: none are chosen by name."
    return names


list_lp16_fp32_ops = _no_list("that compute in either type")
list_fp32_ops = _no_list("that must compute in float32")
list_conditional_fp32_ops = _no_list("that compute in float32 for some options")
list_widest_type_cast = _no_list("that take the widest type of their inputs")
list_loss_output_functions = _no_list("that are losses")
list_lp16_use_fp32_params = _no_list("whose parameters stay float32")


def list_lp16_ops(target_dtype="bfloat16"):
    """The chief ones of the operators that compute in half precision after init: products."""
    return ["FullyConnected", "Convolution", "dot", "batch_dot"]
