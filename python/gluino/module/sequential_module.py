"""Several modules, each of which computes on the outputs of the one before."""

import logging

from ..initializer import Uniform
from ..io import DataBatch, DataDesc
from .base_module import BaseModule
from .names import label_of

# Uniform is found here, too, as in MXNet.
__all__ = ["SequentialModule"]


class SequentialModule(BaseModule):
    """Modules one after the other::

        net = mx.mod.SequentialModule()
        net.add(features).add(classifier, take_labels=True, auto_wiring=True)

    Parameters
    ----------
    logger : logging.Logger or the module ``logging``
    """

    META_TAKE_LABELS = "take_labels"
    META_AUTO_WIRING = "auto_wiring"
    _META_KEYS = {META_TAKE_LABELS, META_AUTO_WIRING}

    def __init__(self, logger=logging):
        super().__init__(logger=logger)
        self._modules = []
        self._metas = []
        self._label_shapes = None

    def add(self, module, **kwargs):
        """Puts a module behind those that there are.

        Parameters
        ----------
        module : BaseModule
        take_labels : bool
            Whether it gets the labels of the batches.
        auto_wiring : bool
            Whether its data are the outputs before it in their order, whatever names they have.

        Returns
        -------
        SequentialModule
            This one.
        """
        for key in kwargs:
            assert key in self._META_KEYS, (
                f"add: unknown option {key}; there are: {', '.join(sorted(self._META_KEYS))}"
            )
        self._modules.append(module)
        self._metas.append(kwargs)
        # What was made ready is not so for the new one.
        self.binded = self.params_initialized = self.optimizer_initialized = False
        return self

    # What it is -----------------------------------------------------------------------------------

    @property
    def data_names(self):
        """The names of the first module's data."""
        return self._modules[0].data_names if self._modules else []

    @property
    def output_names(self):
        """The names of the last module's outputs."""
        return self._modules[-1].output_names if self._modules else []

    @property
    def data_shapes(self):
        """A DataDesc for each of the first module's data."""
        self._needs("binded")
        return self._modules[0].data_shapes

    @property
    def label_shapes(self):
        """The labels' shapes as they were bound; None if no module takes labels."""
        self._needs("binded")
        return self._label_shapes

    @property
    def output_shapes(self):
        """A pair ``(name, shape)`` for each output of the last module."""
        self._needs("binded")
        return self._modules[-1].output_shapes

    # Parameters -----------------------------------------------------------------------------------

    def get_params(self):
        """Copies of the parameters and auxiliary states of all modules: two dicts."""
        self._needs("binded", "params_initialized")
        arg_params, aux_params = {}, {}
        for module in self._modules:
            arg, aux = module.get_params()
            arg_params.update(arg)
            aux_params.update(aux)
        return arg_params, aux_params

    def _init_params(self, *args, **options):
        for module in self._modules:
            module.init_params(*args, **options)
        self._check_names()

    def _check_names(self):
        layers = [{}, {}]
        for i, module in enumerate(self._modules):
            for owner, params in zip(layers, module.get_params()):
                for name in params:
                    assert name not in owner, (
                        f"init_params: module {i} has a parameter {name}, and so has module "
                        f"{owner[name]}; give layers names of their own"
                    )
                    owner[name] = i

    # Making it ready ------------------------------------------------------------------------------

    def _bind(
        self, data_shapes, label_shapes, for_training, inputs_need_grad, shared_module, grad_req,
        force_rebind,
    ):
        assert shared_module is None, "bind: a SequentialModule shares no module"
        assert self._modules, "bind: there is no module yet; call add first"
        takes_labels = False
        shapes = data_shapes
        for i, (module, meta) in enumerate(zip(self._modules, self._metas)):
            takes = meta.get(self.META_TAKE_LABELS, False)
            takes_labels = takes_labels or takes
            if meta.get(self.META_AUTO_WIRING, False):
                names = module.data_names
                assert len(names) == len(shapes), (
                    f"layer {i} takes {len(names)} arrays of data, there are {len(shapes)}"
                )
                shapes = [(name, _shape_of(desc)) for name, desc in zip(names, shapes)]
            module.bind(
                data_shapes=shapes,
                label_shapes=label_shapes if takes else None,
                for_training=for_training,
                inputs_need_grad=inputs_need_grad or (for_training and i > 0),
                force_rebind=force_rebind,
                shared_module=None,
                grad_req=grad_req,
            )
            shapes = module.output_shapes
        self._label_shapes = label_shapes if takes_labels else None

    def _init_optimizer(self, kvstore, optimizer, optimizer_params, force_init):
        for module in self._modules:
            module.init_optimizer(kvstore, optimizer, optimizer_params, force_init)

    def install_monitor(self, mon):
        """Lets a Monitor look into all modules."""
        self._needs("binded")
        for module in self._modules:
            module.install_monitor(mon)

    # One batch ------------------------------------------------------------------------------------

    def forward(self, data_batch, is_train=None):
        """Computes the outputs of one module after the other."""
        self._needs("binded", "params_initialized")
        data, described = data_batch.data, getattr(data_batch, "provide_data", None)
        for i, module in enumerate(self._modules):
            batch = DataBatch(
                data,
                label_of(data_batch),
                pad=getattr(data_batch, "pad", None),
                index=getattr(data_batch, "index", None),
                provide_data=described,
                provide_label=getattr(data_batch, "provide_label", None),
            )
            module.forward(batch, is_train=is_train)
            if i + 1 < len(self._modules):
                data = module.get_outputs()
                names = [desc[0] for desc in module.output_shapes]
                described = [DataDesc(name, array.shape) for name, array in zip(names, data)]

    def backward(self, out_grads=None):
        """Computes the gradients of one module after the other, from the last on."""
        self._needs("binded", "params_initialized")
        for i, module in reversed(list(enumerate(self._modules))):
            module.backward(out_grads=out_grads)
            if i > 0:
                out_grads = module.get_input_grads()

    def update(self):
        """One step of the optimizers for every parameter."""
        self._needs("binded", "params_initialized", "optimizer_initialized")
        for module in self._modules:
            module.update()

    def get_outputs(self, merge_multi_context=True):
        """The outputs of the last module; see :meth:`Module.get_outputs`."""
        self._needs("binded", "params_initialized")
        return self._modules[-1].get_outputs(merge_multi_context=merge_multi_context)

    def get_input_grads(self, merge_multi_context=True):
        """The gradients of the first module's data; see :meth:`Module.get_outputs`."""
        self._needs("binded", "params_initialized", "inputs_need_grad")
        return self._modules[0].get_input_grads(merge_multi_context=merge_multi_context)

    def update_metric(self, eval_metric, labels, pre_sliced=False):
        """Has the metric count the outputs of the modules that take labels."""
        self._needs("binded", "params_initialized")
        for meta, module in zip(self._metas, self._modules):
            if meta.get(self.META_TAKE_LABELS, False):
                module.update_metric(eval_metric, labels, pre_sliced)


def _shape_of(desc):
    """The shape in a DataDesc or a pair (name, shape)."""
    return desc[1]
