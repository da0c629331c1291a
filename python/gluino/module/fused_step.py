"""Training on one context with an optimizer of the library: a batch is one call into it."""

from .. import _core
from ..ndarray import NDArray
from ..optimizer import Adam, Adamax
from ..optimizer.fused import FusedOptimizer
from .names import label_of

# Ways to rates that do not look at gradients, which are not there yet when a step begins.
_RATES = {kind._step_rates for kind in (FusedOptimizer, Adam, Adamax)}


def is_fusible(optimizer):
    """Whether all that the optimizer does with a weight is one operator of the library."""
    kind = type(optimizer)
    return (
        isinstance(optimizer, FusedOptimizer)
        and kind.update is FusedOptimizer.update
        and kind.update_multi_precision is FusedOptimizer.update_multi_precision
        and kind._step_rates in _RATES
        and not optimizer.multi_precision
        and not {"update", "update_multi_precision"} & vars(optimizer).keys()
    )


class FusedStep:
    """forward, backward and update at once, with the same bits: each parameter is updated as soon
    as its gradient is complete, while the caches hold both.

    Parameters
    ----------
    group : DataParallelExecutorGroup
        Of one executor.
    updater : Updater
    """

    def __init__(self, group, updater):
        executor = group.execs[0]
        places = {name: i for i, name in enumerate(group.arg_names)}
        inputs = group.data_names + group.label_names
        self._native = _core.TrainingStep(
            executor._native, [places.get(name, -1) for name in inputs]
        )
        # What the updater calls the parameters that a gradient moves, and their arguments' numbers.
        self._indices = [
            i
            for i, (name, grads) in enumerate(zip(group.trained_names, group.grad_arrays))
            if grads[0] is not None and name not in group.fixed_at_one
        ]
        self._arguments = [places[group.trained_names[i]] for i in self._indices]
        self._weights = [executor.arg_arrays[place] for place in self._arguments]
        self._device_id = group.contexts[0].device_id
        self._executor = executor
        self._updater = updater
        # What the native step was told last.
        self._operator = self._states = self._rates = self._decay = self._wds = None

    def fits(self, group, updater):
        """Whether executor and updater are still those that the step was made for."""
        return group.execs[0] is self._executor and updater is self._updater

    def _follow_optimizer(self):
        """Tells the step what has changed of the optimizer since the last one."""
        optimizer = self._updater.optimizer
        name, options = optimizer._operator()
        options["rescale_grad"] = optimizer.rescale_grad
        options["clip_gradient"] = optimizer.clip_gradient or -1.0
        states = self._updater.states
        if self._operator != (name, options) or self._states is not states:
            self._native.set_updates(
                name,
                {key: repr(float(value)) for key, value in options.items()},
                self._arguments,
                [
                    _as_arrays(self._updater._state_of(i, weight))
                    for i, weight in zip(self._indices, self._weights)
                ],
            )
            self._operator, self._states, self._rates = (name, options), states, None
        decay = (optimizer.wd, optimizer.wd_mult)
        if decay != self._decay or optimizer.param_dict:
            self._decay = (optimizer.wd, dict(optimizer.wd_mult))
            self._wds = optimizer._get_wds(self._indices)
        rates = (optimizer._step_rates(self._indices, self._weights, None), self._wds)
        if rates != self._rates:
            self._native.set_rates(*rates)
            self._rates = rates

    def __call__(self, data_batch):
        """Trains with a batch; gives False, and does nothing, if it is one of other shapes."""
        native = self._native
        if not native.forward(data_batch.data, label_of(data_batch) or []):
            return False
        optimizer = self._updater.optimizer
        optimizer._set_current_context(self._device_id)
        optimizer._update_count(self._indices)
        self._follow_optimizer()
        native.backward_and_update()
        return True


def _as_arrays(state):
    if state is None:
        return []
    return [state] if isinstance(state, NDArray) else list(state)
