"""What optimizers derive from."""
import logging
import warnings

import numpy

from ..ndarray import NDArray

__all__ = ["Optimizer", "register", "create"]


class Optimizer:
    """What optimizers derive from: they override `create_state` and `update`, or as in MXNet 2
    `step(indices, weights, grads, states)`, beside it maybe `fused_step`, which are given lists.

    Weights are told apart by an index that the caller chooses, a number or a name. An optimizer
    keeps counts of their updates, and rates; what it keeps for each weight, its state, is kept by
    the caller: see `Updater`.

    Parameters
    ----------
    rescale_grad : gradients are multiplied by it first; often 1 / batch size.
    param_idx2name : the weights' names by index. A weight of a known name decays only if the name
        ends in "_weight" or "_gamma", unless `set_wd_mult` says otherwise.
    wd : weight decay: this times the weight is added to the gradient.
    clip_gradient : bounds each element of the rescaled gradient to [-c, c].
    learning_rate : the rate; 0.01, or the scheduler's, if not given.
    lr_scheduler : decides on the rate; a learning rate that is given becomes its base rate.
    sym : a symbol, from whose variables multipliers are read (`lr_mult`, `wd_mult`).
    begin_num_update : the count of updates to begin at, when training is taken up again.
    multi_precision : weights in float16 are updated in float32, of which a copy is kept.
    param_dict : Gluon's parameters by index; their `lr_mult` and `wd_mult` hold.
    aggregate_num : how many weights are updated at once; the optimizer's own number if not given.
    use_fused_step : whether `fused_step` is called where `update` is not overridden. The library's
        own steps are operators wherever there is one, in any case.
    """

    opt_registry: dict = {}
    # How names end of weights that decay unless something else is said.
    _decaying_names: tuple = ('_weight', '_gamma')
    # Whether updates draw random numbers, so that copies of a weight would drift apart.
    _draws = False

    def __init__(self, rescale_grad=1., param_idx2name=None, wd=0., clip_gradient=None,
                 learning_rate=None, lr_scheduler=None, sym=None, begin_num_update=0,
                 multi_precision=False, param_dict=None, aggregate_num=None, use_fused_step=None):
        self.rescale_grad = rescale_grad
        self.lr_scheduler = lr_scheduler
        if lr_scheduler is None:
            self.lr = 0.01 if learning_rate is None else learning_rate
        else:
            self.lr = learning_rate
            if learning_rate is not None:
                if lr_scheduler.base_lr != learning_rate:
                    logging.getLogger(__name__).info(
                        "the optimizer's learning rate %s replaces its scheduler's, %s",
                        learning_rate, lr_scheduler.base_lr)
                lr_scheduler.base_lr = learning_rate
        self.wd = wd
        self.lr_mult = {}
        self.wd_mult = {}
        self.begin_num_update = begin_num_update
        self.num_update = begin_num_update
        # By device: copies of a weight on several are updated as often as the weight.
        self._all_index_update_counts = {0: {}}
        self._index_update_count = self._all_index_update_counts[0]
        self.clip_gradient = clip_gradient
        self.multi_precision = multi_precision
        self.use_fused_step = use_fused_step
        # How many weights `update` takes at once, as lists; 0: one, not as a list.
        self.aggregate_num = self._aggregation()
        if aggregate_num is not None and getattr(type(self).update, 'takes_lists', False):
            self.aggregate_num = aggregate_num
        if param_idx2name is None:
            param_idx2name = {}
        assert isinstance(param_idx2name, dict), (
            f"param_idx2name: expected a dictionary of names by index, got {param_idx2name!r}")
        self.idx2name = param_idx2name.copy()
        self.sym_info = (sym.attr_dict(), sym.list_arguments()) if sym is not None else ()
        self.param_dict = param_dict if param_dict else {}
        # Whether it takes arrays of mx.np as they are; else they come as those of mx.nd.
        self.allow_np_array = False
        self.set_lr_mult({})
        self.set_wd_mult({})

    @staticmethod
    def _aggregation():
        """How many weights it takes at once unless told."""
        return 0

    # Registry ----------------------------------------------------------------------------------

    @staticmethod
    def register(klass):
        """Makes `create` know a class by its name in lower case. A decorator."""
        assert isinstance(klass, type), f"expected a class to register, got {klass!r}"
        name = klass.__name__.lower()
        before = Optimizer.opt_registry.get(name)
        if before is not None and before is not klass:
            warnings.warn(f"the optimizer '{name}' was {before.__module__}.{before.__name__} and "
                          f"is now {klass.__module__}.{klass.__name__}", UserWarning,
                          stacklevel=2)
        Optimizer.opt_registry[name] = klass
        return klass

    @staticmethod
    def create_optimizer(name, **kwargs):
        """The optimizer of that name, in lower or upper case, with its options.

        An unknown name is a ValueError, and what is no name a TypeError.
        """
        if not isinstance(name, str):
            raise TypeError("optimizer: expected its name, such as 'sgd', or an Optimizer, got "
                            f"{name!r}")
        klass = Optimizer.opt_registry.get(name.lower())
        if klass is None:
            raise ValueError(f"there is no optimizer '{name}'; known: "
                             f"{', '.join(sorted(Optimizer.opt_registry))}")
        return klass(**kwargs)

    # What a class overrides --------------------------------------------------------------------

    def create_state(self, index, weight):
        """What is to be kept for the weight: None, an array, or a tuple of such."""

    def update(self, index, weight, grad, state):
        """Changes `weight`, and its state, in place by one step against `grad`."""
        step = self.fused_step if self.use_fused_step else self.step
        step(*as_lists(index, weight, grad, state))

    def step(self, indices, weights, grads, states):
        """Changes each of the weights, and its state, in place by one step against its gradient."""
        raise NotImplementedError(f"{type(self).__name__} does not say how a weight follows its "
                                  "gradient: override update")

    def fused_step(self, indices, weights, grads, states):
        """`step` by fewer operators, where `use_fused_step` asks for it."""
        self.step(indices, weights, grads, states)

    def create_state_multi_precision(self, index, weight):
        """create_state, beside a float32 copy of the weight where that is what gets updated."""
        if self._is_master_kept(weight):
            master = weight.astype(numpy.float32)
            return master, self.create_state(index, master)
        self._warn_of_half(weight)
        return self.create_state(index, weight)

    def update_multi_precision(self, index, weight, grad, state):
        """update, of the float32 copy where there is one, from which the weight then follows."""
        if not self._is_master_kept(weight):
            self.update(index, weight, grad, state)
            return
        master, inner = state
        self.update(index, master, grad.astype(numpy.float32), inner)
        weight[:] = master

    def _is_master_kept(self, weight):
        return self.multi_precision and weight.dtype == numpy.float16

    def _warn_of_half(self, weight):
        if weight.dtype == numpy.float16:
            warnings.warn(f"{type(self).__name__} updates a float16 weight in float16, which loses "
                          "small steps; multi_precision=True keeps a copy in float32",
                          stacklevel=3)

    # Rates -------------------------------------------------------------------------------------

    @property
    def learning_rate(self):
        """The rate at this point of training, before multipliers."""
        return self.lr if self.lr_scheduler is None else self.lr_scheduler(self.num_update)

    def set_learning_rate(self, lr):
        """Changes the rate. Where there is a scheduler, which decides, a UserWarning is raised."""
        if self.lr_scheduler is not None:
            raise UserWarning("the optimizer has a scheduler, which decides on the rate; "
                              "set_learning_rate has no effect")
        self.lr = lr

    def set_lr_scale(self, args_lrscale):
        """An old name of set_lr_mult. Raises DeprecationWarning."""
        raise DeprecationWarning("set_lr_scale is no more; call set_lr_mult")

    def set_lr_mult(self, args_lr_mult):
        """Multipliers of the rate by name or index, which replace all that were set before.

        A parameter in `param_dict` goes by its own; an index goes before a name.
        """
        self.lr_mult = self._multipliers_of_symbol('__lr_mult__')
        self.lr_mult.update(args_lr_mult)

    def set_wd_mult(self, args_wd_mult):
        """Multipliers of the weight decay, as in set_lr_mult.

        Where `idx2name` knows the weights' names, those that do not end in "_weight" or "_gamma"
        have 0 unless given.
        """
        self.wd_mult = {name: 0.0 for name in self.idx2name.values()
                        if not name.endswith(self._decaying_names)}
        self.wd_mult.update(self._multipliers_of_symbol('__wd_mult__'))
        self.wd_mult.update(args_wd_mult)

    def _multipliers_of_symbol(self, attribute):
        if not self.sym_info:
            return {}
        attributes, arguments = self.sym_info
        return {name: float(attributes[name][attribute]) for name in arguments
                if attribute in attributes.get(name, ())}

    def _multiplier(self, index, by_key, of_parameter):
        if index in self.param_dict:
            return getattr(self.param_dict[index], of_parameter)
        if index in by_key:
            return by_key[index]
        if index in self.idx2name:
            return by_key.get(self.idx2name[index], 1.0)
        return 1.0

    def _get_lrs(self, indices):
        """The rates of the weights' next updates, multipliers included."""
        lr = self.learning_rate
        if not self.param_dict and not self.lr_mult:
            return [lr] * len(indices)
        return [lr * self._multiplier(i, self.lr_mult, 'lr_mult') for i in indices]

    def _get_lr(self, index):
        return self._get_lrs([index])[0]

    def _get_wds(self, indices):
        """The weights' decay, multipliers included."""
        if not self.param_dict and not self.wd_mult:
            return [self.wd] * len(indices)
        return [self.wd * self._multiplier(i, self.wd_mult, 'wd_mult') for i in indices]

    def _get_wd(self, index):
        return self._get_wds([index])[0]

    # Counts ------------------------------------------------------------------------------------

    def _set_current_context(self, device_id):
        """From now on the counts are those of this device."""
        self._index_update_count = self._all_index_update_counts.setdefault(device_id, {})

    def _update_count(self, index):
        """Counts an update of one weight, or of each in a list."""
        counts = self._index_update_count
        most = self.num_update
        for each in index if isinstance(index, (list, tuple)) else (index,):
            count = counts.get(each, self.begin_num_update) + 1
            counts[each] = count
            if count > most:
                most = count
        self.num_update = most

    # Pickling: parameters stay with the net that they belong to. --------------------------------

    def __getstate__(self):
        state = self.__dict__.copy()
        del state['param_dict']
        return state

    def __setstate__(self, state):
        self.__dict__.update(state)
        self.param_dict = {}


register = Optimizer.register


def create(name, **kwargs):
    """The optimizer of that name, in lower or upper case, with its options:
    `create('sgd', learning_rate=0.1)`. An unknown name is a ValueError."""
    return Optimizer.create_optimizer(name, **kwargs)


def as_lists(index, weight, grad, state):
    """The arguments of an update as lists, for those that may be given either way."""
    if isinstance(index, (list, tuple)):
        return list(index), list(weight), list(grad), list(state)
    assert isinstance(weight, NDArray), f"weight: expected an array, got {type(weight).__name__}"
    assert isinstance(grad, NDArray), f"grad: expected an array, got {type(grad).__name__}"
    return [index], [weight], [grad], [state]
