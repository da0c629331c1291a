"""What a module is."""

import logging
import warnings

from ..initializer import Uniform


# What has to be called before a module is so.
_CALLS = {
    "binded": "bind",
    "params_initialized": "init_params, or set_params",
    "optimizer_initialized": "init_optimizer",
    "inputs_need_grad": "bind with inputs_need_grad=True",
}


class ModuleInterface:
    """What all modules have, and those of one's own give: names and shapes of inputs and outputs,
    parameters, an optimizer, and a computation in between.
    """

    def __init__(self, logger=logging):
        self.logger = logger
        self.binded = False
        self.for_training = False
        self.inputs_need_grad = False
        self.params_initialized = False
        self.optimizer_initialized = False
        self._symbol = None
        self._total_exec_bytes = 0

    def _needs(self, *states):
        """Raises AssertionError, with the call that is missing, unless the module is all of these."""
        for state in states:
            if not getattr(self, state):
                raise AssertionError(f"{type(self).__name__}: call {_CALLS[state]} first")

    # What the module is ---------------------------------------------------------------------------

    @property
    def data_names(self):
        """The names of the data that a batch gives."""
        raise NotImplementedError()

    @property
    def output_names(self):
        """The names of the outputs."""
        raise NotImplementedError()

    @property
    def data_shapes(self):
        """A DataDesc for each of the data."""
        raise NotImplementedError()

    @property
    def label_shapes(self):
        """A DataDesc for each label."""
        raise NotImplementedError()

    @property
    def output_shapes(self):
        """A pair ``(name, shape)`` for each output."""
        raise NotImplementedError()

    @property
    def symbol(self):
        """The network; None where there is no symbol."""
        return self._symbol

    # Parameters -----------------------------------------------------------------------------------

    def get_params(self):
        """The parameters and the auxiliary states: two dicts of arrays on the processor."""
        raise NotImplementedError()

    def init_params(
        self,
        initializer=Uniform(0.01),
        arg_params=None,
        aux_params=None,
        allow_missing=False,
        force_init=False,
        allow_extra=False,
    ):
        """Gives the parameters their first values, in the order of their names: those of the dicts,
        else by the initializer or their own attribute ``__init__``.

        Parameters
        ----------
        initializer : Initializer, optional
        arg_params, aux_params : dict of str to NDArray, optional
        allow_missing : bool
            Whether the initializer makes what a dict does not have; else that is a RuntimeError.
        force_init : bool
            Whether to begin anew with parameters that have values.
        allow_extra : bool
            Has no effect: what the network does not have is left out.
        """
        if self._keeps_params("init_params", force_init):
            return
        self._init_params(
            initializer=initializer,
            arg_params=arg_params,
            aux_params=aux_params,
            allow_missing=allow_missing,
            force_init=force_init,
            allow_extra=allow_extra,
        )
        self.params_initialized = True

    def _init_params(self, initializer, arg_params, aux_params, **options):
        """What a kind of module does for :meth:`init_params`, once there are shapes."""
        raise NotImplementedError()

    def _keeps_params(self, method, force_init):
        """Whether the method leaves parameters that have values as they are, which is told."""
        if self.params_initialized and not force_init:
            warnings.warn(
                f"Parameters already initialized and force_init=False. {method} call ignored.",
                stacklevel=3,
            )
            return True
        assert self.binded, f"{method}: the module has no shapes yet; call bind first"
        return False

    def set_params(
        self, arg_params, aux_params, allow_missing=False, force_init=True, allow_extra=False
    ):
        """Gives the parameters the values of the dicts; see :meth:`init_params`."""
        self.init_params(
            initializer=None,
            arg_params=arg_params,
            aux_params=aux_params,
            allow_missing=allow_missing,
            force_init=force_init,
            allow_extra=allow_extra,
        )

    def get_states(self, merge_multi_context=True):
        """The states (see ``Module``'s ``state_names``); here there are none."""
        self._needs("binded", "params_initialized")
        assert not merge_multi_context
        return []

    def set_states(self, states=None, value=None):
        """Sets the states; here there are none."""
        self._needs("binded", "params_initialized")
        assert not states and not value

    def install_monitor(self, mon):
        """Lets a Monitor look into the computation."""
        raise NotImplementedError()

    # One batch ------------------------------------------------------------------------------------

    def prepare(self, data_batch, sparse_row_id_fn=None):
        """Gets ready for a batch before its forward.

        ``sparse_row_id_fn`` takes the batch and gives, by name of the parameter, the rows that the
        batch will read; modules whose parameters are kept elsewhere fetch them.
        """
        if sparse_row_id_fn is not None:
            warnings.warn(
                f"{type(self).__name__} keeps its parameters itself and does not call "
                "sparse_row_id_fn"
            )

    def forward(self, data_batch, is_train=None):
        """Computes the outputs. ``is_train`` is by default what the module is bound for."""
        raise NotImplementedError()

    def backward(self, out_grads=None):
        """Computes the gradients, from those of the outputs (none for losses)."""
        raise NotImplementedError()

    def get_outputs(self, merge_multi_context=True):
        """The outputs of the last forward: a list of arrays, or where they are not to be merged of
        lists with one array per context.
        """
        raise NotImplementedError()

    def get_input_grads(self, merge_multi_context=True):
        """The gradients of the data of the last backward; see :meth:`get_outputs`."""
        raise NotImplementedError()

    def update(self):
        """One step of the optimizer."""
        raise NotImplementedError()

    def update_metric(self, eval_metric, labels, pre_sliced=False):
        """Has the metric count the last outputs against labels. ``pre_sliced``: there is a list of
        labels for each context.
        """
        raise NotImplementedError()

    # Making it ready ------------------------------------------------------------------------------

    def bind(
        self,
        data_shapes,
        label_shapes=None,
        for_training=True,
        inputs_need_grad=False,
        force_rebind=False,
        shared_module=None,
        grad_req="write",
    ):
        """Makes the computation ready for batches of these shapes.

        Parameters
        ----------
        data_shapes, label_shapes : list of DataDesc or of (name, shape)
        for_training : bool
            Whether there will be gradients.
        inputs_need_grad : bool
            Whether there will be gradients of the data.
        force_rebind : bool
            Binds anew what is bound; else that is only told.
        shared_module : BaseModule, optional
            A bound module whose parameters are to be used.
        grad_req : str, list or dict
            "write", "add" or "null"; for all, or for each argument.
        """
        if self.binded and not force_rebind:
            self.logger.warning("Already bound, ignoring bind()")
            return
        assert for_training or not inputs_need_grad, "inputs_need_grad needs for_training"
        self._bind(
            data_shapes,
            label_shapes,
            for_training,
            inputs_need_grad,
            shared_module,
            grad_req,
            force_rebind=force_rebind,
        )
        self.for_training = for_training
        self.inputs_need_grad = inputs_need_grad
        self.binded = True

    def _bind(
        self, data_shapes, label_shapes, for_training, inputs_need_grad, shared_module, grad_req, **_
    ):
        """What a kind of module does for :meth:`bind`, unless it stays as it was bound before."""
        raise NotImplementedError()

    def init_optimizer(
        self,
        kvstore="local",
        optimizer="sgd",
        optimizer_params=(("learning_rate", 0.01),),
        force_init=False,
    ):
        """Gives the module an optimizer.

        Parameters
        ----------
        kvstore : str, KVStore or None
            What sums gradients over contexts.
        optimizer : str or Optimizer
        optimizer_params : dict or pairs
            Options of an optimizer given by name; ``rescale_grad`` is 1 / batch size unless given.
        force_init : bool
            Begins anew; else an optimizer that is there stays.
        """
        self._needs("binded", "params_initialized")
        if self.optimizer_initialized and not force_init:
            self.logger.warning("optimizer already initialized, ignoring...")
            return
        self._init_optimizer(kvstore, optimizer, optimizer_params, force_init)
        self.optimizer_initialized = True

    def _init_optimizer(self, kvstore, optimizer, optimizer_params, force_init):
        """What a kind of module does for :meth:`init_optimizer`, unless it keeps the one it has."""
        raise NotImplementedError()
