"""Modules whose computation is written in Python."""

import logging

from .. import ndarray as nd
from ..initializer import Uniform
from .base_module import BaseModule

# Uniform is found here, too, as in MXNet.
__all__ = ["PythonLossModule", "PythonModule"]


class PythonModule(BaseModule):
    """A module without parameters, to derive from: give ``forward``, ``backward``, ``get_outputs``,
    ``get_input_grads`` and :meth:`_compute_output_shapes`.

    Parameters
    ----------
    data_names, label_names, output_names : list of str
        ``label_names`` may be None.
    logger : logging.Logger or the module ``logging``
    """

    def __init__(self, data_names, label_names, output_names, logger=logging):
        super().__init__(logger=logger)
        self._data_names = list(data_names) if isinstance(data_names, tuple) else data_names
        self._label_names = list(label_names) if isinstance(label_names, tuple) else label_names
        self._output_names = output_names
        self._data_shapes = self._label_shapes = self._output_shapes = None

    @property
    def data_names(self):
        """The names of the data that a batch gives."""
        return self._data_names

    @property
    def output_names(self):
        """The names of the outputs."""
        return self._output_names

    @property
    def data_shapes(self):
        """The data's shapes as they were bound."""
        return self._data_shapes

    @property
    def label_shapes(self):
        """The labels' shapes as they were bound."""
        return self._label_shapes

    @property
    def output_shapes(self):
        """A pair ``(name, shape)`` for each output."""
        return self._output_shapes

    def get_params(self):
        """Two empty dicts."""
        return {}, {}

    def init_params(self, *_, **__):
        """There are no parameters; override it if there are."""
        self.params_initialized = True

    def update(self):
        """There are no parameters; override it if there are."""

    def update_metric(self, eval_metric, labels, pre_sliced=False):
        """Has the metric count the last outputs against labels, unless the module takes none."""
        if self._label_shapes is None:
            return
        if pre_sliced:
            raise RuntimeError("PythonModule does not take labels per context")
        eval_metric.update(labels, self.get_outputs())

    def _bind(
        self, data_shapes, label_shapes, for_training, inputs_need_grad, shared_module, grad_req, **_
    ):
        assert grad_req == "write", f"bind: expected grad_req 'write', got {grad_req!r}"
        names = [desc[0] for desc in data_shapes]
        assert names == self._data_names, f"expected data {self._data_names}, got {names}"
        if label_shapes is not None:
            names = [desc[0] for desc in label_shapes]
            assert self._label_names is not None and names == list(self._label_names), (
                f"expected labels {self._label_names}, got {names}"
            )
        self._data_shapes = data_shapes
        self._label_shapes = label_shapes
        # What computes the shapes may ask what they are for.
        self.for_training = for_training
        self.inputs_need_grad = inputs_need_grad
        self._output_shapes = self._compute_output_shapes()

    def _compute_output_shapes(self):
        """A pair ``(name, shape)`` for each output, from ``data_shapes`` and ``label_shapes``."""
        raise NotImplementedError()

    def init_optimizer(self, *_, **__):
        """There are no parameters; override it if there are."""
        self.optimizer_initialized = True


class PythonLossModule(PythonModule):
    """A loss as the last module of a :class:`SequentialModule`: gives its input, and the gradient
    that a function computes.

    Parameters
    ----------
    name : str
        What the output is called, before ``_output``.
    data_names, label_names : list of str
        One of each.
    logger : logging.Logger or the module ``logging``
    grad_func : callable, optional
        Takes the input and the label, gives the gradient of the input: an NDArray, or what can be
        made one. Without it override :meth:`_backward_impl`.
    """

    def __init__(
        self,
        name="pyloss",
        data_names=("data",),
        label_names=("softmax_label",),
        logger=logging,
        grad_func=None,
    ):
        super().__init__(data_names, label_names, [name + "_output"], logger=logger)
        self._name = name
        assert len(data_names) == 1, "a loss has one input"
        assert len(label_names) == 1, "a loss has one label"
        assert grad_func is None or callable(grad_func), "grad_func must be callable"
        self._grad_func = grad_func
        self._scores = self._labels = self._scores_grad = None

    def _compute_output_shapes(self):
        return [(self._name + "_output", self._data_shapes[0][1])]

    def forward(self, data_batch, is_train=None):
        """Keeps the input and, in training, the label."""
        self._scores = data_batch.data[0]
        if self.for_training if is_train is None else is_train:
            self._labels = data_batch.label[0]

    def get_outputs(self, merge_multi_context=True):
        """The input."""
        assert merge_multi_context
        return [self._scores]

    def backward(self, out_grads=None):
        """Computes the gradient of the input. A loss is the end: it takes no gradient."""
        assert out_grads is None, "backward: a loss is the end; it takes no gradient"
        assert self.for_training
        self._backward_impl()

    def _backward_impl(self):
        """Sets ``_scores_grad`` from ``_scores`` and ``_labels``."""
        if self._grad_func is None:
            raise NotImplementedError("PythonLossModule: give grad_func or override _backward_impl")
        grad = self._grad_func(self._scores, self._labels)
        self._scores_grad = grad if isinstance(grad, nd.NDArray) else nd.array(grad)

    def get_input_grads(self, merge_multi_context=True):
        """The gradient of the input of the last backward."""
        assert merge_multi_context
        return [self._scores_grad]

    def install_monitor(self, mon):
        """There is no executor to look into."""
        raise NotImplementedError("PythonLossModule has no executor that a Monitor could look into")
