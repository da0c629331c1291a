"""One symbol bound on several contexts, for inputs of several shapes."""

import logging
from collections import namedtuple

from ..base import MXNetError
from ..io import DataDesc
from .base_module import descriptions

# For how many shapes of the inputs executors are kept beside the first one's: those of the last
# batches of training and evaluation.
_MOST_OTHER_SHAPES = 4

# What stands for inputs of some shapes: each context's part of the batch, and its executor.
_Bound = namedtuple(
    "_Bound", ["key", "data_shapes", "label_shapes", "batch_size", "slices", "execs"]
)


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
                f"a batch of {batch_size} cannot be split over {len(workload)} contexts: "
                "some would get nothing"
            )
        slices.append(slice(begin, min(end, batch_size)))
    return slices


def _batch_axes(descs):
    """The axis of each array along which its samples lie; -1: none."""
    return [DataDesc.get_batch_axis(desc.layout) for desc in descs]


def _batch_size(descs):
    """The number of samples, which all arrays have."""
    sized = [(desc, axis) for desc, axis in zip(descs, _batch_axes(descs)) if axis >= 0]
    if not sized:
        raise ValueError("bind: none of the inputs has an axis for the batch")
    first, axis = sized[0]
    size = first.shape[axis]
    for desc, axis in sized:
        assert desc.shape[axis] == size, (
            f"{desc.name}: expected a batch of {size} like that of {first.name}, "
            f"got shape {desc.shape}"
        )
    return size


def _shape_key(descs):
    return tuple((desc.name, tuple(desc.shape)) for desc in descs or ())


def _move(monitor, before, after):
    """Has a monitor look into other executors. One of a user's may know of no other ones."""
    set_aside = getattr(monitor, "set_aside", None)
    for executor in before if set_aside is not None else ():
        set_aside(executor)
    for executor in after:
        monitor.install(executor)


def _places_of_groups(group2ctxs, count):
    """For each of `count` contexts a dictionary that says where the groups of its executor live. Given
    is a list of them, or one whose values are a context, or a list with one for each."""
    if not isinstance(group2ctxs, dict):
        places = list(group2ctxs or [None] * count)
        if len(places) != count:
            raise ValueError(f"group2ctxs: expected one for each of {count} contexts, got {len(places)}")
        return places
    places = [{} for _ in range(count)]
    for group, given in group2ctxs.items():
        each = list(given) if isinstance(given, (list, tuple)) else [given]
        each = each * count if len(each) == 1 else each
        if len(each) != count:
            raise ValueError(
                f"group2ctxs: {group}: expected one for each of {count} contexts, got {len(each)}"
            )
        for place, context in zip(places, each):
            place[group] = context
    return places


class BoundExecutors:
    """Executors of a symbol, one per context, and the arrays that they work on; see
    :class:`~.executor_group.DataParallelExecutorGroup` for the parameters.
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
        self.group2ctxs = _places_of_groups(group2ctxs, len(contexts))
        self.symbol = symbol
        self.contexts = contexts
        self.workload = workload
        self.param_names = param_names
        self.for_training = for_training
        self.inputs_need_grad = inputs_need_grad
        self.logger = logger
        self.fixed_param_names = fixed_param_names or []
        # Their gradients are 0, with which weight decay would still move what counts as 1 whatever
        # it holds: no update takes them.
        self.fixed_at_one = frozenset(symbol.list_arguments_fixed_at_one())
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

    def _requests(self, grad_req):
        """What becomes of each argument's gradient."""
        usual = grad_req if isinstance(grad_req, str) else "write"
        requests = {}
        for name in self.arg_names:
            wanted = (
                name in self.param_names
                and name not in self.fixed_param_names
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
            raise ValueError("grad_req: expected a str, a list or a dict")
        return requests if self.for_training else dict.fromkeys(self.arg_names, "null")

    def decide_slices(self, data_shapes):
        """Sets each context's part of the batch; gives the axis along which each array is split."""
        self.batch_size = _batch_size(descriptions(data_shapes))
        self.slices = _split(self.batch_size, self.workload)
        return _batch_axes(descriptions(data_shapes))

    def bind_exec(self, data_shapes, label_shapes, shared_group=None, reshape=False):
        """Makes executors for inputs of these shapes. With ``reshape`` they go on with the arrays
        of the first ones. On an error nothing has changed.
        """
        data_shapes = descriptions(data_shapes)
        label_shapes = descriptions(label_shapes) if label_shapes else None
        descs = data_shapes + (label_shapes or [])
        batch_size = _batch_size(descs)
        slices = _split(batch_size, self.workload)
        inputs = [desc for desc in descs if desc.name in self.arg_names]
        types = {desc.name: desc.dtype for desc in inputs}
        execs = []
        for i, part in enumerate(slices):
            shapes = {}
            for desc, axis in zip(inputs, _batch_axes(inputs)):
                shape = list(desc.shape)
                if axis >= 0:
                    shape[axis] = part.stop - part.start
                shapes[desc.name] = tuple(shape)
            if reshape:
                execs.append(self._reshaped(self._first.execs[i], shapes))
            else:
                execs.append(self._bound(i, shapes, types, shared_group))
        key = (_shape_key(data_shapes), _shape_key(label_shapes))
        bound = _Bound(key, data_shapes, label_shapes, batch_size, slices, execs)
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
            group2ctx=self.group2ctxs[i],
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
            _move(monitor, self.execs, bound.execs)
        self._now = bound
        self.data_shapes = bound.data_shapes
        self.label_shapes = bound.label_shapes
        self.batch_size = bound.batch_size
        self.slices = bound.slices
        self.execs = bound.execs
        self.data_names = [desc.name for desc in self.data_shapes]
        self.label_names = [desc.name for desc in self.label_shapes or []]
        self.data_layouts = _batch_axes(self.data_shapes)
        self.label_layouts = _batch_axes(self.label_shapes or [])
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
            _move(monitor, before.execs, self.execs)
        self._monitors = before._monitors
