"""What initializers derive from, and how they are made by name."""
import json
import logging
import warnings

import numpy

from .. import _core
from .. import registry
from ..ndarray import NDArray, array as nd_array
from ..random import uniform

__all__ = ["InitDesc", "Initializer", "alias", "create", "register"]


class InitDesc(str):
    """A parameter's name, with what else is known of it.

    Parameters
    ----------
    name : the name.
    attrs : attributes of its variable; "__init__" names an initializer of its own.
    global_init : the initializer of the whole net, for those that leave some of the work to it.
    """

    def __new__(cls, name, attrs=None, global_init=None):
        desc = super().__new__(cls, name)
        desc.attrs = attrs or {}
        desc.global_init = global_init
        return desc


def _mean_magnitude(values):
    """What is told of an array that was filled: |x| / sqrt(size)."""
    return str((values.norm() / float(values.size) ** 0.5).asscalar())


class Initializer:
    """What initializers derive from: they override `_init_weight(name, array)`.

    Keyword arguments are the options that `dumps` gives, from which an equal one is made.
    """

    def __init__(self, **kwargs):
        self._kwargs = kwargs
        self._verbose = False
        self._print_func = None

    def set_verbosity(self, verbose=False, print_func=None):
        """Whether each array that is filled is told of in the log, and by which function of it;
        its size, if None. Gives itself back."""
        self._verbose = verbose
        self._print_func = print_func if print_func is not None else _mean_magnitude
        return self

    def _verbose_print(self, desc, init, arr):
        if self._verbose and self._print_func:
            logging.info('Initialized %s as %s: %s', desc, init, self._print_func(arr))

    def dumps(self):
        """The form that attributes of symbols have: '["xavier", {"magnitude": 3}]'."""
        return json.dumps([type(self).__name__.lower(), self._kwargs], default=_plain)

    def __eq__(self, other):
        return type(self) is type(other) and self.dumps() == other.dumps()

    __hash__ = object.__hash__

    def __call__(self, desc, arr):
        """Fills `arr` by what the end of the parameter's name says: weight as this initializer
        does, bias, beta and min with 0, gamma and max with 1. An initializer of the parameter's
        own in `desc.attrs` goes before. Other names are a ValueError.

        A plain string instead of an InitDesc goes by the rules of MXNet's first versions, with a
        DeprecationWarning.
        """
        if not isinstance(desc, InitDesc):
            self._legacy_init(desc, arr)
            return
        if desc.global_init is None:
            desc.global_init = self
        own = desc.attrs.get('__init__', '')
        if own:
            create(own)._init_weight(desc, arr)
            self._verbose_print(desc, own, arr)
            return
        for end, fill in self._FILLED_BY_END:
            if desc.endswith(end):
                getattr(self, fill)(desc, arr)
                self._verbose_print(desc, end, arr)
                return
        self._init_default(desc, arr)

    # By the ends of names, the first that fits.
    _FILLED_BY_END = (
        ('weight', '_init_weight'), ('bias', '_init_bias'), ('gamma', '_init_gamma'),
        ('beta', '_init_beta'), ('min', '_init_zero'), ('max', '_init_one'),
        ('weight_quantize', '_init_quantized_weight'),
        ('bias_quantize', '_init_quantized_bias'))
    _FILLED_BY_END_OF_STRING = (
        ('bias', '_init_bias'), ('gamma', '_init_gamma'), ('beta', '_init_beta'),
        ('weight', '_init_weight'), ('moving_mean', '_init_zero'), ('moving_var', '_init_one'),
        ('moving_inv_var', '_init_zero'), ('moving_avg', '_init_zero'), ('min', '_init_zero'),
        ('max', '_init_one'))

    def _legacy_init(self, name, arr):
        warnings.warn("calling an initializer with a plain name is deprecated; give it a "
                      "mx.init.InitDesc(name)", DeprecationWarning, stacklevel=3)
        if not isinstance(name, str):
            raise TypeError(f"name: expected a string, got {name!r}")
        if not isinstance(arr, NDArray):
            raise TypeError(f"arr: expected an array, got {type(arr).__name__}")
        if name.startswith('upsampling'):
            self._init_bilinear(name, arr)
        elif name.startswith('stn_loc') and name.endswith('weight'):
            self._init_zero(name, arr)
        elif name.startswith('stn_loc') and name.endswith('bias'):
            self._init_loc_bias(name, arr)
        else:
            for end, fill in self._FILLED_BY_END_OF_STRING:
                if name.endswith(end):
                    getattr(self, fill)(name, arr)
                    return
            self._init_default(name, arr)

    def _init_weight(self, name, arr):
        """Fills an array as a weight, whatever its name."""
        raise NotImplementedError(f"{type(self).__name__} does not say how weights begin: "
                                  "override _init_weight")

    def _init_default(self, name, _):
        raise ValueError(
            f"no rule to initialize the parameter {name}: its name ends neither in weight nor in "
            "bias, gamma, beta, min or max. Give it an initializer of its own, as in "
            "mx.sym.Variable(init=mx.init.Zero())")

    def _init_zero(self, _, arr):
        arr[:] = 0.0

    def _init_one(self, _, arr):
        arr[:] = 1.0

    def _init_bias(self, _, arr):
        arr[:] = 0.0

    def _init_gamma(self, _, arr):
        arr[:] = 1.0

    def _init_beta(self, _, arr):
        arr[:] = 0.0

    def _init_bilinear(self, name, arr):
        _core.initializer.fill('bilinear', {}, name, arr)

    def _init_loc_bias(self, _, arr):
        assert arr.shape[0] == 6, f"a bias of an affine map has 6 numbers, not {arr.shape}"
        arr[:] = nd_array([1.0, 0, 0, 0, 1.0, 0], ctx=arr.context)

    def _init_quantized_weight(self, _, arr):
        arr[:] = uniform(-127, 128, shape=arr.shape, ctx=arr.context).floor()

    def _init_quantized_bias(self, _, arr):
        arr[:] = 0


def _plain(value):
    """Numbers of NumPy and arrays as JSON has them."""
    if isinstance(value, numpy.generic):
        return value.item()
    if isinstance(value, NDArray):
        value = value.asnumpy()
    if isinstance(value, numpy.ndarray):
        return value.tolist()
    raise TypeError(f"an option of an initializer must be a number, text or an array, got "
                    f"{type(value).__name__}")


_register = registry.get_register_func(Initializer, 'initializer')
alias = registry.get_alias_func(Initializer, 'initializer')
create = registry.get_create_func(Initializer, 'initializer')


def register(klass):
    """Makes `create` know an initializer by its class's name in lower case. A decorator."""
    return _register(klass)
