"""Networks whose convolutions and fully connected layers multiply bytes: `mx.contrib.quantization`.

What MXNet's functions of these names make, this library makes in its own way: layers between which
data stay bytes, with the activation and the maximum pooling after them inside. Weights are bytes by
output channel, whatever `quantize_granularity` says, and both values of `quantize_mode` quantize
all such layers. What data lie between is found from calibration data beforehand; calib_mode
"none", by which MXNet finds it anew in each call, is refused.
"""
import json
import logging

from .. import _core
# Found here, too, as in MXNet.
from ..base import c_array, c_str, c_str_array, check_call, py_str  # noqa: F401
from ..context import Context, Device, cpu  # noqa: F401
from ..io import DataBatch, DataDesc, DataIter  # noqa: F401
from ..module import Module  # noqa: F401
from ..ndarray import NDArray, load as nd_load, save as nd_save, zeros  # noqa: F401
from ..symbol import Symbol, load as sym_load  # noqa: F401
from ..util import is_np_array, wrap_ctx_to_device_func  # noqa: F401
from ._quantization_ranges import (CalibrationCollector, _get_optimal_threshold,
                                   _get_optimal_thresholds, _LayerHistogramCollector,
                                   _LayerOutputMinMaxCollector, combine_histogram)

__all__ = ["quantize_model", "quantize_model_mkldnn", "quantize_model_onednn", "quantize_graph",
           "calib_graph", "quantize_net", "quantize_net_v2", "combine_histogram",
           "CalibrationCollector"]

_MODES = {"calib_mode": ("naive", "entropy"), "quantized_dtype": ("int8", "uint8", "auto"),
          "quantize_mode": ("full", "smart"),
          "quantize_granularity": ("tensor-wise", "channel-wise")}


def _check(**options):
    for name, value in options.items():
        if name == "calib_mode" and value == "none":
            raise ValueError("calib_mode: expected naive or entropy, got none; layers of bytes "
                             "have to know from calib_data between which numbers their data lie")
        if value not in _MODES[name]:
            raise ValueError(f"{name}: expected {' or '.join(_MODES[name])}, got {value!r}")


def _names(option, value):
    if value is None:
        return []
    if not isinstance(value, (list, tuple)) or not all(isinstance(name, str) for name in value):
        raise ValueError(f"{option}: expected a list of names, got {value!r}")
    return list(value)


def _one_context(ctx):
    ctx = ctx[0] if isinstance(ctx, (list, tuple)) and len(ctx) == 1 else ctx
    if not isinstance(ctx, Context):
        raise ValueError(f"ctx: expected one Context, got {ctx!r}")
    return ctx


def _quantized(sym, params, inputs, ctx, batches, ranges=None, calib_mode="naive",
               quantized_dtype="int8", excluded=None):
    """(symbol of bytes, its arguments) of a symbol and its (arguments, states)."""
    excluded = excluded or {}
    return _core.quantize_graph(
        sym, *params, list(inputs), ctx, batches, ranges,
        {"calib_mode": calib_mode, "quantized_dtype": quantized_dtype},
        {"sym_names": _names("excluded_sym_names", excluded.get("sym_names")),
         "op_names": _names("excluded_op_names", excluded.get("op_names"))})


def _batches(calib_data, names, num_calib_examples, num_calib_batches=None):
    """Batches of calibration data, each with an array for each of `names`, and their number of
    samples."""
    batches, samples = [], 0
    described = [desc[0] for desc in calib_data.provide_data]
    calib_data.reset()
    for batch in calib_data:
        arrays = dict(zip(described, batch.data))
        missing = [name for name in names if name not in arrays]
        if missing:
            raise ValueError(f"calib_data: expected {', '.join(names)}, got {', '.join(described)}")
        batches.append([arrays[name] for name in names])
        samples += batch.data[0].shape[0]
        if num_calib_examples is not None and samples >= num_calib_examples:
            break
        if len(batches) == num_calib_batches:
            break
    return batches, samples


def quantize_model(sym, arg_params, aux_params, data_names=("data",),
                   label_names=("softmax_label",), ctx=cpu(0), excluded_sym_names=None,
                   excluded_op_names=None, calib_mode="entropy", calib_data=None,
                   num_calib_examples=None, quantized_dtype="int8", quantize_mode="smart",
                   quantize_granularity="tensor-wise", logger=None, *, num_calib_batches=None,
                   device=None):
    """(symbol, arguments, states) of a network of bytes for a trained one.

    `calib_data` is a DataIter over samples of the training set, of which `num_calib_examples`, or
    `num_calib_batches` batches, are enough. calib_mode "naive" takes the least and the largest
    number met, "entropy" cuts rare large ones off where the outputs become better by it. `device`
    is MXNet 2's name of `ctx`. Batch normalisation becomes a part of the weights, dropout and the
    labels of losses, `label_names`, are gone. Layers named, or of
    operators named, among the excluded ones stay as they are. Raises ValueError for options that do not
    fit, MXNetError for parameters that do not.
    """
    # pylint: disable=too-many-arguments,too-many-locals,unused-argument
    _check(calib_mode=calib_mode, quantized_dtype=quantized_dtype, quantize_mode=quantize_mode,
           quantize_granularity=quantize_granularity)
    if not isinstance(calib_data, DataIter):
        raise ValueError(f"calib_data: expected a DataIter, got {calib_data!r}")
    data_names = [data_names] if isinstance(data_names, str) else list(data_names)
    batches, samples = _batches(calib_data, data_names, num_calib_examples, num_calib_batches)
    if logger:
        logger.info("quantize_model: calibrating with %d samples, %s", samples, calib_mode)
    qsym, qarg_params = _quantized(
        sym, (arg_params, aux_params), data_names,
        _one_context(ctx if device is None else device), batches,
        calib_mode=calib_mode, quantized_dtype=quantized_dtype,
        excluded={"sym_names": excluded_sym_names, "op_names": excluded_op_names})
    return (qsym, *_sorted_out(qsym, qarg_params))


def _sorted_out(sym, params):
    """The arguments and the states among them."""
    states = set(sym.list_auxiliary_states())
    return ({name: array for name, array in params.items() if name not in states},
            {name: array for name, array in params.items() if name in states})


def quantize_model_mkldnn(sym, arg_params, aux_params, data_names=("data",),
                          label_names=("softmax_label",), ctx=cpu(0), excluded_sym_names=None,
                          excluded_op_names=None, calib_mode="entropy", calib_data=None,
                          num_calib_examples=None, quantized_dtype="int8", quantize_mode="smart",
                          quantize_granularity="tensor-wise", logger=None):
    """The same as quantize_model, on the processor only."""
    # pylint: disable=too-many-arguments
    if _one_context(ctx).device_type != "cpu":
        raise ValueError(f"ctx: expected a processor, got {ctx}")
    return quantize_model(sym, arg_params, aux_params, data_names, label_names, ctx,
                          excluded_sym_names, excluded_op_names, calib_mode, calib_data,
                          num_calib_examples, quantized_dtype, quantize_mode,
                          quantize_granularity, logger)


def quantize_model_onednn(sym, arg_params, aux_params, data_names=("data",), device=cpu(0),
                          excluded_sym_names=None, excluded_op_names=None, calib_mode="entropy",
                          calib_data=None, num_calib_batches=None, quantized_dtype="int8",
                          quantize_mode="smart", quantize_granularity="tensor-wise", logger=None):
    """MXNet 2's name for quantize_model_mkldnn, with its parameters."""
    # pylint: disable=too-many-arguments
    if _one_context(device).device_type != "cpu":
        raise ValueError(f"device: expected a processor, got {device}")
    return quantize_model(sym, arg_params, aux_params, data_names,
                          excluded_sym_names=excluded_sym_names,
                          excluded_op_names=excluded_op_names, calib_mode=calib_mode,
                          calib_data=calib_data, quantized_dtype=quantized_dtype,
                          quantize_mode=quantize_mode, quantize_granularity=quantize_granularity,
                          logger=logger, num_calib_batches=num_calib_batches, device=device)


def _collector(calib_mode, quantized_dtype, custom, logger):
    if custom is not None:
        return custom
    if calib_mode == "entropy":
        return _LayerHistogramCollector(logger=logger)
    return _LayerOutputMinMaxCollector(quantized_dtype, logger=logger)


def quantize_graph(sym, arg_params, aux_params, ctx=cpu(0), excluded_sym_names=None,
                   excluded_op_names=None, calib_mode="entropy", quantized_dtype="int8",
                   quantize_mode="full", quantize_granularity="tensor-wise",
                   LayerOutputCollector=None, logger=None):
    """(symbol, arguments, states, collector), for whoever runs the calibration data himself.

    The symbol still computes in floats, so that an executor of it can tell the collector
    what its layers give (``set_monitor_callback(collector.collect, monitor_all=True)``); then
    calib_graph makes bytes of it. `LayerOutputCollector` is a collector of one's own, derived from
    those of this module.
    """
    # pylint: disable=too-many-arguments,invalid-name
    _check(calib_mode=calib_mode, quantized_dtype=quantized_dtype, quantize_mode=quantize_mode,
           quantize_granularity=quantize_granularity)
    collector = _collector(calib_mode, quantized_dtype, LayerOutputCollector, logger)
    collector.excluded = {"sym_names": _names("excluded_sym_names", excluded_sym_names),
                          "op_names": _names("excluded_op_names", excluded_op_names)}
    ctx = _one_context(ctx)
    return (sym, {name: array.as_in_context(ctx) for name, array in arg_params.items()},
            {name: array.as_in_context(ctx) for name, array in aux_params.items()}, collector)


def calib_graph(qsym, arg_params, aux_params, collector, calib_mode="entropy",
                quantized_dtype="int8", logger=logging):
    """(symbol, arguments, states) of bytes for what quantize_graph gave, after the collector has
    seen calibration data. Raises ValueError where it has not."""
    # pylint: disable=too-many-arguments
    _check(calib_mode=calib_mode, quantized_dtype=quantized_dtype)
    shapes = getattr(collector, "shapes", {})
    inputs = [name for name in qsym.list_inputs()
              if name not in arg_params and name not in aux_params and name in shapes]
    if not inputs:
        raise ValueError("collector: expected one that has seen the inputs of the network, by "
                         "set_monitor_callback(collector.collect, monitor_all=True)")
    like = [zeros(shape, dtype=dtype) for shape, dtype in map(shapes.get, inputs)]
    ranges = _ranges_of(collector, quantized_dtype)
    if logger:
        logger.info("calib_graph: %d ranges, %s", len(ranges), calib_mode)
    context = next(iter(arg_params.values())).context if arg_params else cpu()
    new_sym, params = _quantized(qsym, (arg_params, aux_params), inputs, context, [like], ranges,
                                 quantized_dtype=quantized_dtype, excluded=collector.excluded)
    return (new_sym, *_sorted_out(new_sym, params))


class _LoaderBatches(DataIter):
    """The batches of a DataLoader, whose arrays are called data0, data1, ... or data alone."""

    def __init__(self, loader, count):
        super().__init__()
        self._loader = loader
        self._batches = iter(loader)
        first = _arrays_of(next(iter(loader)))[:count]
        self.batch_size = first[0].shape[0]
        self.provide_data = [DataDesc(name, array.shape, array.dtype)
                             for name, array in zip(_input_names(len(first)), first)]

    def reset(self):
        self._batches = iter(self._loader)

    def next(self):
        return DataBatch(data=_arrays_of(next(self._batches))[:len(self.provide_data)])


def _input_names(count):
    return ["data"] if count == 1 else [f"data{place}" for place in range(count)]


def _arrays_of(batch):
    return list(batch) if isinstance(batch, (list, tuple)) else [batch]


def _graph_of(network, examples):
    """(variables of the inputs, symbol) of a block. What it does not take of the examples, such as
    labels, is left out from the end."""
    graph = None
    while graph is None:
        try:
            network(*examples)
            graph = network._get_graph(*examples)  # pylint: disable=protected-access
        except (TypeError, ValueError):
            if len(examples) < 2:
                raise
            examples = examples[:-1]
    return graph


def _examples(calib_data, data_shapes):
    if data_shapes is not None:
        return [zeros(desc.shape, dtype=desc.dtype) if isinstance(desc, DataDesc)
                else zeros(tuple(desc)) for desc in data_shapes]
    if isinstance(calib_data, DataIter):
        return [zeros(desc.shape, dtype=desc.dtype) for desc in calib_data.provide_data]
    return _arrays_of(next(iter(calib_data)))


def quantize_net_v2(network, quantized_dtype="auto", quantize_mode="full",
                    quantize_granularity="tensor-wise", exclude_layers=None,
                    exclude_layers_match=None, exclude_operators=None, calib_data=None,
                    data_shapes=None, calib_mode="none", num_calib_examples=None, ctx=cpu(0),
                    LayerOutputCollector=None, logger=None, *, num_calib_batches=None,
                    device=None):
    """A SymbolBlock of bytes for a trained HybridBlock.

    `calib_data` is a DataLoader or a DataIter whose batches begin with what the network takes;
    labels behind are left out. `exclude_layers` are names of layers, `exclude_layers_match` parts
    of such names. No more than `num_calib_examples` samples, or `num_calib_batches` batches, are
    looked at. `data_shapes` are the shapes of the inputs, those of a batch unless given. With a
    `LayerOutputCollector` it is told what the layers give, and its ranges are taken. Otherwise as
    quantize_model, whose errors it raises.
    """
    # pylint: disable=too-many-arguments,too-many-locals,invalid-name,import-outside-toplevel
    from ..gluon import SymbolBlock
    _check(calib_mode="naive" if calib_mode == "custom" else calib_mode,
           quantized_dtype=quantized_dtype, quantize_mode=quantize_mode,
           quantize_granularity=quantize_granularity)
    place = _one_context(ctx if device is None else device)
    if calib_mode == "custom" and LayerOutputCollector is None:
        raise ValueError("calib_mode custom: expected a LayerOutputCollector")
    if calib_data is None:
        raise ValueError("calib_data: expected a DataLoader or a DataIter, got None")
    inputs, sym = _graph_of(network, _examples(calib_data, data_shapes))
    inputs = list(inputs)
    if not isinstance(calib_data, DataIter):
        calib_data = _LoaderBatches(calib_data, len(inputs))
    described = [desc[0] for desc in calib_data.provide_data][:len(inputs)]
    batches, samples = _batches(calib_data, described, num_calib_examples, num_calib_batches)
    if logger:
        logger.info("quantize_net: calibrating with %d samples, %s", samples, calib_mode)
    # pylint: disable-next=protected-access
    params = _sorted_out(sym, {p._var_name: p.data(p.list_ctx()[0])
                               for p in network.collect_params().values()})
    names = [variable.name for variable in inputs]
    ranges = None
    if LayerOutputCollector is not None:
        ranges = _watched(sym, params, names, batches, LayerOutputCollector, quantized_dtype)
    matches = _names("exclude_layers_match", exclude_layers_match)
    layers = {node.name for node in sym.get_internals()
              if any(match in node.name for match in matches)}
    qsym, qparams = _quantized(
        sym, params, names, place, batches, ranges,
        "naive" if calib_mode == "custom" else calib_mode, quantized_dtype,
        {"sym_names": _names("exclude_layers", exclude_layers) + sorted(layers),
         "op_names": exclude_operators})
    block = SymbolBlock(qsym, inputs)
    block.collect_params().load_dict(qparams, ctx=place)
    return block


def _watched(sym, params, names, batches, collector, quantized_dtype):
    """The ranges that a collector has found in batches."""
    for batch in batches:
        executor = sym.bind(batch[0].context, {**params[0], **dict(zip(names, batch))},
                            aux_states=params[1])
        executor.set_monitor_callback(_told(collector, sym), monitor_all=True)
        executor.forward()
    return _ranges_of(collector, quantized_dtype)


def _told(collector, sym):
    """What an executor of a symbol calls, so that a collector hears what it wants to."""
    if not isinstance(collector, CalibrationCollector):
        return collector.collect
    operators = {node["name"]: node["op"] for node in json.loads(sym.tojson())["nodes"]}
    makers = {output: operators[node.name] for node in sym.get_internals()
              for output in node.list_outputs()}
    return lambda name, arr: collector.collect(name, makers.get(name, "null"), arr)


def _ranges_of(collector, quantized_dtype):
    if isinstance(collector, CalibrationCollector):
        return {name: (float(least), float(most))
                for name, (least, most) in collector.post_collect().items()}
    if hasattr(collector, "ranges"):
        return collector.ranges(quantized_dtype)
    return {name: (float(least), float(most))
            for name, (least, most) in collector.min_max_dict.items()}


def quantize_net(network, quantized_dtype="auto", quantize_mode="full", exclude_layers=None,
                 exclude_layers_match=None, exclude_operators=None, calib_data=None,
                 data_shapes=None, calib_mode="none", num_calib_examples=None, ctx=cpu(0),
                 logger=None, *, quantize_granularity="tensor-wise", num_calib_batches=None,
                 device=None, LayerOutputCollector=None):
    """What quantize_net_v2 does; MXNet 2's names stand behind those of 1.x."""
    # pylint: disable=too-many-arguments,invalid-name
    return quantize_net_v2(network, quantized_dtype, quantize_mode, quantize_granularity,
                           exclude_layers, exclude_layers_match, exclude_operators, calib_data,
                           data_shapes, calib_mode, num_calib_examples, ctx, LayerOutputCollector,
                           logger, num_calib_batches=num_calib_batches, device=device)
