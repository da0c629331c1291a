"""A module whose gradients vary less from batch to batch."""
import logging

from ...context import cpu
from ...module import Module

__all__ = ['SVRGModule']


class SVRGModule(Module):
    """A module that trains by stochastic variance-reduced gradients (Johnson and Zhang, 2013).

    Every `update_freq` epochs it notes the weights, and the mean over all batches of the gradients
    there. A step then takes the batch's gradient, less that of the same batch at the weights that
    were noted, plus that mean.

    Parameters
    ----------
    symbol, data_names, label_names, logger, context, work_load_list, fixed_param_names
        See :class:`~...module.Module`, as for the others.
    update_freq : int
        After how many epochs weights are noted anew.
    """

    def __init__(self, symbol, data_names=('data',), label_names=('softmax_label',),
                 logger=logging, context=cpu(), work_load_list=None, fixed_param_names=None,
                 state_names=None, group2ctxs=None, compression_params=None, update_freq=None):
        options = {'data_names': data_names, 'label_names': label_names, 'logger': logger,
                   'context': context, 'work_load_list': work_load_list,
                   'fixed_param_names': fixed_param_names, 'state_names': state_names,
                   'group2ctxs': group2ctxs, 'compression_params': compression_params}
        super().__init__(symbol, **options)
        if not isinstance(update_freq, int):
            raise TypeError('update_freq: expected how many epochs lie between two full gradients, '
                            f'a whole number, got {update_freq!r}')
        if update_freq <= 0:
            raise ValueError(f'update_freq: expected at least 1 epoch, got {update_freq}')
        self.update_freq = update_freq
        # The same network with the weights that were noted.
        self._mod_aux = Module(symbol, **options)
        # For each parameter the mean of the gradients at those.
        self._full_grads = None

    def _bind(self, data_shapes, label_shapes, for_training, *others, **options):
        super()._bind(data_shapes, label_shapes, for_training, *others, **options)
        self._full_grads = None
        if for_training:
            self._mod_aux.bind(data_shapes, label_shapes, for_training, force_rebind=True)

    def reshape(self, data_shapes, label_shapes=None):
        """See :meth:`Module.reshape`."""
        super().reshape(data_shapes, label_shapes)
        if self._full_grads is not None:
            self._mod_aux.reshape(data_shapes, label_shapes)

    def _steps_with_aux(self, is_train=None):
        is_train = self.for_training if is_train is None else is_train
        return is_train and self._full_grads is not None

    def forward(self, data_batch, is_train=None):
        """See :meth:`Module.forward`; in training also at the weights that were noted."""
        super().forward(data_batch, is_train)
        if self._steps_with_aux(is_train):
            self._mod_aux.forward(data_batch, is_train)

    def backward(self, out_grads=None):
        """See :meth:`Module.backward`; also at the weights that were noted."""
        super().backward(out_grads)
        if self._steps_with_aux():
            self._mod_aux.backward(out_grads)

    def _gradients(self, module):
        """A pair for each parameter that is trained: its number and its gradients by context."""
        return [(i, grads) for i, grads in enumerate(module._exec_group.grad_arrays)
                if grads[0] is not None]

    def update(self):
        """One step of the optimizer, with the gradients of less variance."""
        if self._full_grads is not None:
            noted = dict(self._gradients(self._mod_aux))
            for i, grads in self._gradients(self):
                for grad, grad_noted in zip(grads, noted[i]):
                    # The contexts' gradients are added, and shall have the mean once.
                    share = self._full_grads[i].as_in_context(grad.context) / len(grads)
                    grad[:] = grad - grad_noted + share
        super().update()

    def update_full_grads(self, train_data):
        """Notes the weights, and the mean of the gradients of all batches there."""
        assert self.binded and self.params_initialized and self.for_training
        arg_params, aux_params = self.get_params()
        self._mod_aux.init_params(arg_params=arg_params, aux_params=aux_params, force_init=True)
        sums, count = {}, 0
        train_data.reset()
        for batch in train_data:
            self._mod_aux.forward(batch, is_train=True)
            self._mod_aux.backward()
            for i, grads in self._gradients(self._mod_aux):
                for grad in grads:
                    one = grad.as_in_context(grads[0].context)
                    sums[i] = sums[i] + one if i in sums else one.copy()
            count += 1
        train_data.reset()
        assert count > 0, 'update_full_grads: the iterator has no batch'
        self._full_grads = {i: total / count for i, total in sums.items()}

    @property
    def _param_dict(self):
        """Those means by the parameters' names, for each context, as MXNet's programs look at them."""
        names = self._exec_group.param_names
        return [{names[i]: mean.as_in_context(ctx) for i, mean in (self._full_grads or {}).items()}
                for ctx in self._context]

    def _begin_epoch(self, epoch, train_data):
        if epoch % self.update_freq == 0:
            self.update_full_grads(train_data)
