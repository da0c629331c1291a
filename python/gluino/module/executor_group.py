"""One symbol bound on several contexts, each of which computes a part of every batch."""

from collections import OrderedDict

from .. import _core
from .. import ndarray as nd
from ..base import MXNetError
from ..io import DataDesc
from ..metric import EvalMetric
from .bound_executors import BoundExecutors
from .bound_executors import _split as _split_input_slice  # noqa: F401 - as in executor_manager

# DataDesc is found here, too, as in MXNet.
__all__ = ["DataParallelExecutorGroup"]


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


class DataParallelExecutorGroup(BoundExecutors):
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
        """Puts copies of the parameters and auxiliary states into two dicts: on the processor,
        their mean over contexts, which differ in auxiliary states only.
        """
        for names, arrays, params in (
            (self.arg_names, "arg_dict", arg_params),
            (self.aux_names, "aux_dict", aux_params),
        ):
            for name in names:
                if params is arg_params and name not in self.param_names:
                    continue
                copies = [getattr(executor, arrays)[name] for executor in self.execs]
                # A copy, also where the mean is one of them.
                params[name] = _core.mean_of_copies(copies).copy()
        for name in self.fixed_at_one:
            if name in arg_params:
                arg_params[name][:] = 1

    def get_states(self, merge_multi_context=True):
        """The states: for each a list with one array per context."""
        assert not merge_multi_context, (
            "get_states: states cannot be merged over contexts; pass merge_multi_context=False"
        )
        return self.state_arrays

    def set_states(self, states=None, value=None):
        """Sets the states: to arrays as :meth:`get_states` gives them, or all to one number."""
        if states is None:
            assert value is not None, "set_states: give states or a value"
            for arrays in self.state_arrays:
                for array in arrays:
                    array[:] = value
            return
        assert value is None, "set_states: give either states or a value"
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
        assert self.for_training, "backward: bind the module with for_training=True"
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
        if len(self.execs) == 1 and not pre_sliced and not by_name:
            eval_metric.update(labels, self.execs[0].outputs)
            return
        for i, executor in enumerate(self.execs):
            if pre_sliced:
                parts = labels[i]
            elif len(self.execs) == 1:
                parts = labels
            else:
                axes = self.label_layouts or [0] * len(labels)
                # Beside the outputs, which a user's metric may compute with.
                parts = [
                    _part(label, axis, self.slices[i]).as_in_context(self.contexts[i])
                    for label, axis in zip(labels, axes)
                ]
            if by_name:
                # Bound without labels, they have no names.
                names = self.label_names or [f"label{i}" for i in range(len(parts))]
                eval_metric.update_dict(
                    OrderedDict(zip(names, parts)),
                    OrderedDict(zip(self.output_names, executor.outputs)),
                )
            else:
                eval_metric.update(parts, executor.outputs)
