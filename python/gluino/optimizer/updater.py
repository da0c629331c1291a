"""An optimizer together with the states of the weights it has met."""
import pickle

from ..base import MXNetError
from ..ndarray import NDArray
from . import mxnet_states

__all__ = ["Updater", "get_updater"]


class Updater:
    """Calls an optimizer, and keeps the states of the weights: what a training loop of one's own,
    or a store of parameters, calls.

    Attributes
    ----------
    optimizer : the optimizer.
    states : by index what create_state made, in use.
    states_synced : by index whether the state is where the weight is; after set_states it may not.
    aggregate_updates : whether the optimizer is given several weights at once.
    """

    def __init__(self, optimizer):
        self.optimizer = optimizer
        self.states = {}
        self.states_synced = {}
        self.aggregate_updates = optimizer.aggregate_num > 0

    @property
    def _draws(self):
        return getattr(self.optimizer, '_draws', False)

    def __call__(self, index, grad, weight):
        """Updates a weight in place, making its state at the first call; or several, as lists."""
        if isinstance(index, (list, tuple)):
            indices, grads, weights = index, grad, weight
        else:
            indices, grads, weights = [index], [grad], [weight]
        if not indices:
            return
        optimizer = self.optimizer
        if not getattr(optimizer, 'allow_np_array', False):
            # As in MXNet: an optimizer is written with mx.nd, whatever the network has.
            weights = [each.as_nd_ndarray() for each in weights]
            grads = [each.as_nd_ndarray() for each in grads]
        optimizer._set_current_context(weights[0].context.device_id)
        states = [self._state_of(i, each) for i, each in zip(indices, weights)]
        if len(indices) > 1 and self._takes_all():
            optimizer.update_multi_precision(list(indices), list(weights), list(grads), states)
        elif self.aggregate_updates and self._takes_parts():
            for part in self._parts(weights):
                optimizer.update_multi_precision(*(
                    [each[i] for i in part] for each in (indices, weights, grads, states)))
        else:
            for each in zip(indices, weights, grads, states):
                optimizer.update_multi_precision(*each)

    def _state_of(self, index, weight):
        if index not in self.states:
            self.states[index] = self.optimizer.create_state_multi_precision(index, weight)
            self.states_synced[index] = True
        elif not self.states_synced[index]:
            self.states[index] = self.sync_state_context(self.states[index], weight.context)
            self.states_synced[index] = True
        return self.states[index]

    def _takes_all(self):
        """Whether the optimizer takes any number of weights; one whose methods a user has
        overridden takes as many as it says, with its methods' own arguments."""
        methods = type(self.optimizer)
        return (getattr(methods.update, 'takes_lists', False) and
                getattr(methods.update_multi_precision, 'takes_lists', False))

    def _takes_parts(self):
        """Whether the optimizer takes as many weights as it says. One that a user derived from the
        library's with an `update` of his own alone is called as he would call it, for each weight."""
        methods = type(self.optimizer)
        return (getattr(methods.update, 'takes_lists', False) or
                not getattr(methods.update_multi_precision, 'takes_lists', False))

    def _parts(self, weights):
        """The numbers of weights of one type, as many together as the optimizer takes."""
        by_type = {}
        for i, weight in enumerate(weights):
            by_type.setdefault(weight.dtype, []).append(i)
        most = self.optimizer.aggregate_num
        for numbers in by_type.values():
            for begin in range(0, len(numbers), most):
                yield numbers[begin:begin + most]

    def sync_state_context(self, state, context):
        """The state with its arrays at `context`, in tuples and lists as they were."""
        if isinstance(state, NDArray):
            return state.as_in_context(context)
        if isinstance(state, (tuple, list)):
            return type(state)(self.sync_state_context(each, context) for each in state)
        return state

    def set_states(self, states):
        """Goes on from what get_states gave, here or in MXNet; with the optimizer, if it is
        in there."""
        states = mxnet_states.loads(states)
        optimizer = self.optimizer
        if isinstance(states, tuple) and len(states) == 2:
            states, optimizer = states
        if not isinstance(states, dict):
            raise MXNetError(f"expected the states of an optimizer by index, found {type(states)}")
        self.states, self.optimizer = states, optimizer
        self.aggregate_updates = optimizer.aggregate_num > 0
        self.states_synced = dict.fromkeys(self.states, False)

    def get_states(self, dump_optimizer=False):
        """The states as bytes, for a file; with `dump_optimizer` the optimizer, too."""
        return pickle.dumps((self.states, self.optimizer) if dump_optimizer else self.states)


def set_states_from(fname, updaters):
    """Has updaters go on from a file of what get_states gave. MXNetError, with the file's name,
    where it holds something else."""
    with open(fname, 'rb') as file:
        states = file.read()
    try:
        for updater in updaters:
            updater.set_states(states)
    except MXNetError as error:
        raise MXNetError(f'{fname}: {error}') from error


def get_updater(optimizer):
    """The function `updater(index, grad, weight)`, which updates weights with this optimizer."""
    return Updater(optimizer)
