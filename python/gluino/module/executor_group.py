"""One symbol bound on several contexts, each of which computes a part of every batch."""

import logging
from collections import OrderedDict, namedtuple

from .. import _core
from .. import ndarray as nd
from ..base import MXNetError
from ..io import DataDesc
from ..metric import EvalMetric
from .base_module import descriptions

__all__ = ["DataParallelExecutorGroup"]

# For how many shapes of the inputs executors are kept beside the first one's: those of the last
# batches of training and evaluation.
_MOST_OTHER_SHAPES = 4

# What stands for inputs of some shapes: each context's part of the batch, and its executor.
_Bound = namedtuple("_Bound", ["key", "data_shapes", "label_shapes", "batch_size", "slices", "execs"])


def _split(batch_size, workload):
    """Each context's part of a batch, by its share of the work; the last gets what is left."""
    total = sum(workload)
    slices = []
    end = 0
    for i, load in enumerate(workload):
        begin = end
        end = batch_size if i + 1 == len(workload) else begin + round(batch_size * load / total)
        if min(end, batch_size) <= begin:
            raise ValueError(
                f"Too many slices. Some splits are empty: a batch of {batch_size} for "
                f"{len(workload)} contexts"
            )
        slices.append(slice(begin, min(end, batch_size)))
    return slices


def _part(array, axis, part):
    if axis < 0:
        return array
    if axis == 0:
        return array[part.start : part.stop]
    return nd.slice_axis(array, axis=axis, begin=part.start, end=part.stop)


def _merge(per_context, axes):
    """Joins what each context gave, along the batch; of what has no such axis the first's is it."""
    merged = []
    for arrays, axis in zip(per_context, axes):
        if len(arrays) == 1 or axis < 0:
            merged.append(arrays[0])
        else:
            at_first = [array.as_in_context(arrays[0].context) for array in arrays]
            merged.append(nd.concat(*at_first, dim=axis))
    return merged


def _shape_key(descs):
    return tuple((desc.name, tuple(desc.shape)) for desc in descs or ())


class DataParallelExecutorGroup:
    """Executors of one symbol, one per context, that share a batch between them.

    Parameters
    ----------
    symbol : Symbol
    contexts : list of Context
    workload : list of float
        How much of each batch the contexts get, in proportion.
    data_shapes, label_shapes : list of DataDesc or of (name, shape)
    param_names : list of str
        The arguments that are trained.
    for_training, inputs_need_grad : bool
        Whether there are gradients, and whether also those of the data.
    shared_group : DataParallelExecutorGroup, optional
        One whose parameters, gradients and auxiliary states are used, where they have the shapes
        needed here.
    fixed_param_names : list of str, optional
        Parameters that have no gradient.
    grad_req : str, list or dict
        "write", "add" or "null"; for all that are trained, or for each argument.
    state_names : list of str, optional
        Arguments that are neither trained nor given with a batch.

    Raises
    ------
    AssertionError
        When inputs differ in their batch size.
    ValueError
        When a batch is too small for all contexts to get a part.
    """

    def __init__(
        self,
        symbol,
        contexts,
        workload,
        data_shapes,
        label_shapes,
        param_names,
        for_training,
        inputs_need_grad,
        shared_group=None,
        logger=logging,
        fixed_param_names=None,
        grad_req="write",
        state_names=None,
        group2ctxs=None,
    ):
        if any(group2ctxs if isinstance(group2ctxs, list) else [group2ctxs]):
            raise NotImplementedError("group2ctxs: one network's layers cannot be on several contexts")
        self.symbol = symbol
        self.contexts = contexts
        self.workload = workload
        self.param_names = param_names
        self.for_training = for_training
        self.inputs_need_grad = inputs_need_grad
        self.logger = logger
        self.fixed_param_names = fixed_param_names or []
        self.state_names = state_names or []
        self.arg_names = symbol.list_arguments()
        self.aux_names = symbol.list_auxiliary_states()
        self.output_names = symbol.list_outputs()
        self.num_outputs = len(self.output_names)
        self.output_layouts = [
            DataDesc.get_batch_axis(symbol[name].attr("__layout__")) for name in self.output_names
        ]
        self.shared_data_arrays = (
            [{} for _ in contexts] if shared_group is None else shared_group.shared_data_arrays
        )
        self.data_names = [desc.name for desc in descriptions(data_shapes)]
        self.label_names = [desc.name for desc in descriptions(label_shapes or [])]
        self.grad_req = self._requests(grad_req)
        self._first = self._now = None
        self._others = []
        self._monitors = []
        self.execs = []
        self.bind_exec(data_shapes, label_shapes, shared_group)

    # Making it ready ------------------------------------------------------------------------------

    def _requests(self, grad_req):
        """What becomes of each argument's gradient."""
        usual = grad_req if isinstance(grad_req, str) else "write"
        # With a gradient of 0 weight decay would still move what counts as 1 whatever it holds.
        fixed = {*self.fixed_param_names, *self.symbol.list_arguments_fixed_at_one()}
        requests = {}
        for name in self.arg_names:
            wanted = (
                name in self.param_names
                and name not in fixed
                or (self.inputs_need_grad and name in self.data_names)
            )
            requests[name] = usual if wanted else "null"
        if isinstance(grad_req, (list, tuple)):
            assert len(grad_req) == len(self.arg_names), (
                f"grad_req: expected one for each of the {len(self.arg_names)} arguments, "
                f"got {len(grad_req)}"
            )
            requests = dict(zip(self.arg_names, grad_req))
        elif isinstance(grad_req, dict):
            requests.update(grad_req)
        elif not isinstance(grad_req, str):
            raise ValueError("grad_req must be a str, a list or a dict")
        return requests if self.for_training else dict.fromkeys(self.arg_names, "null")

    def decide_slices(self, data_shapes):
        """Sets each context's part of the batch; gives the axis along which each array is split."""
        axes = [DataDesc.get_batch_axis(desc.layout) for desc in data_shapes]
        for desc, axis in zip(data_shapes, axes):
            if axis < 0:
                continue
            size = desc.shape[axis]
            if self.batch_size is None:
                self.batch_size = size
                self.slices = _split(size, self.workload)
            assert size == self.batch_size, (
                f"all data must have the same batch size: batch_size = {self.batch_size}, "
                f"but {desc.name} has shape {desc.shape}"
            )
        return axes

    def bind_exec(self, data_shapes, label_shapes, shared_group=None, reshape=False):
        """Makes executors for inputs of these shapes. With ``reshape`` they go on with the arrays of
        the first ones.
        """
        data_shapes = descriptions(data_shapes)
        label_shapes = descriptions(label_shapes) if label_shapes else label_shapes
        self.batch_size = None
        self.data_layouts = self.decide_slices(data_shapes)
        self.label_layouts = self.decide_slices(label_shapes) if label_shapes else []
        if self.batch_size is None:
            raise ValueError("bind: none of the inputs has an axis for the batch")
        inputs = [
            (desc, axis)
            for desc, axis in zip(
                data_shapes + (label_shapes or []), self.data_layouts + self.label_layouts
            )
            if desc.name in self.arg_names  # others serve the metric alone
        ]
        execs = []
        for i, part in enumerate(self.slices):
            shapes = {}
            for desc, axis in inputs:
                shape = list(desc.shape)
                if axis >= 0:
                    shape[axis] = part.stop - part.start
                shapes[desc.name] = tuple(shape)
            if reshape:
                execs.append(self._reshaped(self._first.execs[i], shapes))
            else:
                types = {desc.name: desc.dtype for desc, _ in inputs}
                execs.append(self._bound(i, shapes, types, shared_group))
        bound = _Bound(
            (_shape_key(data_shapes), _shape_key(label_shapes)),
            data_shapes, label_shapes, self.batch_size, self.slices, execs,
        )  # fmt: skip
        if not reshape:
            self._first = bound
            self._others = []
        self._use(bound)

    def _reshaped(self, executor, shapes):
        # Reshaping refuses to change what is not named, as weights must not; labels may.
        inferred, _, _ = self.symbol.infer_shape(**shapes)
        for name, shape in zip(self.arg_names, inferred):
            if name not in self.param_names:
                shapes.setdefault(name, shape)
        return executor.reshape(allow_up_sizing=True, **shapes)

    def _bound(self, i, shapes, types, shared_group):
        """The executor of context `i`, with the shared group's parameters, if there is one."""
        theirs = None if shared_group is None else shared_group.execs[i]
        executor = self.symbol.simple_bind(
            ctx=self.contexts[i],
            grad_req=self.grad_req,
            type_dict=types,
            shared_exec=theirs,
            shared_arg_names=self.param_names,
            **shapes,
        )
        args, grads = executor.arg_dict, executor.grad_dict
        if theirs is not None:
            for name, known in theirs.arg_dict.items():
                if name in self.param_names and name in args and args[name].shape != known.shape:
                    raise MXNetError(
                        f"bind: the shared parameter {name} has the shape {known.shape}, "
                        f"needed is {args[name].shape}"
                    )
        shared = self.shared_data_arrays[i]
        for name in self.arg_names:
            if name not in self.param_names:
                shared[name] = args[name]
                if grads[name] is not None:
                    shared["grad of " + name] = grads[name]
        return executor

    def _use(self, bound):
        """Goes on with these executors."""
        for monitor in self._monitors:
            for executor in self.execs:
                monitor.set_aside(executor)
            for executor in bound.execs:
                monitor.install(executor)
        self._now = bound
        self.data_shapes = bound.data_shapes
        self.label_shapes = bound.label_shapes
        self.batch_size = bound.batch_size
        self.slices = bound.slices
        self.execs = bound.execs
        self.data_names = [desc.name for desc in self.data_shapes]
        self.label_names = [desc.name for desc in self.label_shapes or []]
        args = [executor.arg_dict for executor in self.execs]
        grads = [executor.grad_dict for executor in self.execs]

        def per_context(names, dicts):
            return [[arrays.get(name) for arrays in dicts] for name in names]

        def targets(names):
            # Of what the symbol does not know, and the metric alone reads, there are none.
            return [
                [(part, arrays[name]) for part, arrays in zip(self.slices, args) if name in arrays]
                for name in names
            ]

        self.trained_names = trained = [
            name for name in self.arg_names if name in self.param_names
        ]
        self.data_arrays = targets(self.data_names)
        self.label_arrays = targets(self.label_names) if self.label_shapes else None
        self.state_arrays = per_context(self.state_names, args)
        self.param_arrays = per_context(trained, args)
        self.grad_arrays = per_context(trained, grads) if self.for_training else None
        self.input_grad_arrays = (
            per_context(self.data_names, grads) if self.inputs_need_grad else None
        )
        self.aux_arrays = per_context(self.aux_names, [exe.aux_dict for exe in self.execs])

    def reshape(self, data_shapes, label_shapes):
        """Goes on with inputs of other shapes and the same parameters, gradients and states.
        Executors of the last few shapes are kept, for each epoch ends with another batch.
        """
        key = (_shape_key(descriptions(data_shapes)), _shape_key(descriptions(label_shapes or [])))
        if key == self._now.key:
            return
        if key == self._first.key:
            self._use(self._first)
            return
        for bound in self._others:
            if bound.key == key:
                self._others.remove(bound)
                self._use(bound)
                break
        else:
            self.bind_exec(data_shapes, label_shapes, reshape=True)
        self._others.insert(0, self._now)
        del self._others[_MOST_OTHER_SHAPES:]

    def install_monitor(self, mon):
        """Lets a monitor look into the executors, also those that reshape makes later."""
        for executor in self.execs:
            mon.install(executor)
        self._monitors = [known for known in self._monitors if known is not mon] + [mon]

    def take_monitors(self, before):
        """Goes on with the monitors of a group that gives way to this one."""
        for monitor in before._monitors:
            for executor in before.execs:
                monitor.set_aside(executor)
            self.install_monitor(monitor)

    # Parameters -----------------------------------------------------------------------------------

    def set_params(self, arg_params, aux_params, allow_extra=False):
        """Copies values into parameters and auxiliary states, by name. On an error nothing has
        changed.

        Raises
        ------
        ValueError
            For names that the network does not have, unless ``allow_extra``.
        MXNetError
            For arrays of another shape.
        """
        aux_params = aux_params or {}
        first = self.execs[0]
        for given, arrays in ((arg_params, first.arg_dict), (aux_params, first.aux_dict)):
            extra = sorted(given.keys() - arrays.keys())
            if extra and not allow_extra:
                raise ValueError(
                    f"The network does not have the parameters {', '.join(extra)}; "
                    "pass allow_extra=True to leave them out"
                )
            for name in given.keys() & arrays.keys():
                if given[name].shape != arrays[name].shape:
                    raise MXNetError(
                        f"parameter {name}: expected shape {arrays[name].shape}, "
                        f"got {given[name].shape}"
                    )
        for executor in self.execs:
            executor.copy_params_from(arg_params, aux_params, allow_extra_params=allow_extra)

    def get_params(self, arg_params, aux_params):
        """Puts copies of the parameters and auxiliary states into two dicts: on the processor, their
        mean over contexts, which differ in auxiliary states only.
        """
        for names, arrays, params in (
            (self.arg_names, "arg_dict", arg_params),
            (self.aux_names, "aux_dict", aux_params),
        ):
            for name in names:
                if params is arg_params and name not in self.param_names:
                    continue
                copies = [getattr(executor, arrays)[name] for executor in self.execs]
                params[name] = _core.mean_of_copies(copies)
        for name in self.symbol.list_arguments_fixed_at_one():
            if name in arg_params:
                arg_params[name][:] = 1

    def get_states(self, merge_multi_context=True):
        """The states: for each a list with one array per context."""
        assert not merge_multi_context, (
            "merge_multi_context=True is not supported for get_states yet."
        )
        return self.state_arrays

    def set_states(self, states=None, value=None):
        """Sets the states: to arrays as :meth:`get_states` gives them, or all to one number."""
        if states is None:
            assert value is not None, "At least one of states & value must be specified."
            for arrays in self.state_arrays:
                for array in arrays:
                    array[:] = value
            return
        assert value is None, "Only one of states & value can be specified."
        assert len(states) == len(self.state_arrays), (
            f"set_states: expected {len(self.state_arrays)} states, got {len(states)}"
        )
        for given, arrays in zip(states, self.state_arrays):
            for source, array in zip(given, arrays):
                source.copyto(array)

    # One batch ------------------------------------------------------------------------------------

    def _load(self, arrays, targets, axes):
        for array, places, axis in zip(arrays, targets, axes):
            for part, target in places:
                (array if len(self.execs) == 1 else _part(array, axis, part)).copyto(target)

    def load_data_batch(self, data_batch):
        """Copies each context's part of a batch, or of several joined, into its arguments."""
        data, label = data_batch.data, data_batch.label
        if len(data) != len(self.data_shapes):
            raise ValueError(
                f"forward: expected a batch with {len(self.data_shapes)} arrays of data, "
                f"got {len(data)}"
            )
        self._load(data, self.data_arrays, self.data_layouts)
        if label and self.label_shapes:
            self._load(label, self.label_arrays, self.label_layouts)

    def forward(self, data_batch, is_train=None):
        """Computes the outputs for a batch of the shapes that are bound."""
        self.load_data_batch(data_batch)
        is_train = self.for_training if is_train is None else is_train
        for executor in self.execs:
            executor.forward(is_train=is_train)

    def backward(self, out_grads=None):
        """Computes the gradients, from those of the outputs (none for losses)."""
        assert self.for_training, "re-bind with for_training=True to run backward"
        if out_grads is None:
            for executor in self.execs:
                executor.backward()
            return
        out_grads = [out_grads] if isinstance(out_grads, nd.NDArray) else list(out_grads)
        for context, part, executor in zip(self.contexts, self.slices, self.execs):
            executor.backward(
                [
                    (grad if len(self.execs) == 1 else _part(grad, axis, part)).as_in_context(
                        context
                    )
                    for grad, axis in zip(out_grads, self.output_layouts)
                ]
            )

    def get_output_shapes(self):
        """The shapes of the outputs for whole batches, as pairs ``(name, shape)``."""
        shapes = []
        for i, (name, axis) in enumerate(zip(self.output_names, self.output_layouts)):
            shape = list(self.execs[0].outputs[i].shape)
            if axis >= 0 and len(self.execs) > 1:
                shape[axis] = self.batch_size
            shapes.append((name, tuple(shape)))
        return shapes

    def get_outputs(self, merge_multi_context=True, begin=0, end=None):
        """The outputs from number ``begin`` to ``end``: joined, or a list per context of each."""
        if len(self.execs) == 1 and merge_multi_context:
            return list(self.execs[0].outputs[begin:end])
        outputs = [list(parts) for parts in zip(*(exe.outputs[begin:end] for exe in self.execs))]
        return _merge(outputs, self.output_layouts[begin:end]) if merge_multi_context else outputs

    def get_input_grads(self, merge_multi_context=True):
        """The gradients of the data: joined, or a list per context of each."""
        assert self.inputs_need_grad
        grads = self.input_grad_arrays
        return _merge(grads, self.data_layouts) if merge_multi_context else grads

    def update_metric(self, eval_metric, labels, pre_sliced):
        """Has the metric count the outputs of each context against its part of the labels."""
        # Where the metric picks outputs by name, or does more than that with them.
        by_name = (
            type(eval_metric).update_dict is not EvalMetric.update_dict
            or eval_metric.output_names is not None
            or eval_metric.label_names is not None
        )
        for i, executor in enumerate(self.execs):
            if pre_sliced:
                parts = labels[i]
            elif len(self.execs) == 1:
                parts = labels
            else:
                axes = self.label_layouts or [0] * len(labels)
                parts = [_part(label, axis, self.slices[i]) for label, axis in zip(labels, axes)]
            if by_name:
                # Bound without labels, they have no names.
                names = self.label_names or [f"label{i}" for i in range(len(parts))]
                eval_metric.update_dict(
                    OrderedDict(zip(names, parts)),
                    OrderedDict(zip(self.output_names, executor.outputs)),
                )
            else:
                eval_metric.update(parts, executor.outputs)
