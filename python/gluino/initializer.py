"""How parameters get their first values: `mx.init.Xavier()(mx.init.InitDesc('fc_weight'), array)`.

Random ones follow `mx.random.seed`.
"""
import json
import logging
import re
import warnings

import numpy

from . import _core
from . import registry
from .ndarray import NDArray, array as nd_array, load
from .random import uniform

__all__ = ["InitDesc", "Initializer", "Load", "Mixed", "Zero", "One", "Constant", "Uniform",
           "Normal", "Orthogonal", "Xavier", "MSRAPrelu", "Bilinear", "LSTMBias", "FusedRNN",
           "register", "alias", "create"]


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


def _text(value):
    return value if isinstance(value, str) else repr(float(value))


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
            f"Unknown initialization pattern for {name}: its name ends neither in weight nor in "
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


class _Filled(Initializer):
    """An initializer of the library, called by the name in lower case with its options."""

    def _init_weight(self, name, arr):
        options = {key: _text(value) for key, value in self._kwargs.items()}
        _core.initializer.fill(self._KIND, options, str(name), arr)


class Load:
    """Copies the array of the parameter's name ("arg:" and "aux:" before a name mean nothing), and
    leaves the others to `default_init`.

    Parameters
    ----------
    param : a dictionary of arrays by name, or a file of one.
    default_init : for names that are missing; without, such a name is an AssertionError, as an
        array of another shape is.
    verbose : whether each array is told of in the log.
    """

    def __init__(self, param, default_init=None, verbose=False):
        if isinstance(param, str):
            param = load(param)
        assert isinstance(param, dict), (
            f"param: expected a dictionary of arrays or a file of one, got "
            f"{type(param).__name__}")
        self.param = {name[4:] if name.startswith(('arg:', 'aux:')) else name: each
                      for name, each in param.items()}
        self.default_init = default_init
        self.verbose = verbose

    def __call__(self, name, arr):
        """Fills `arr`."""
        if name in self.param:
            loaded = self.param[name]
            assert arr.shape == loaded.shape, (
                f"Parameter {name} cannot be initialized from loading. Shape mismatch, target "
                f"{arr.shape} vs loaded {loaded.shape}")
            arr[:] = loaded
            how = 'by loading'
        else:
            assert self.default_init is not None, (
                f"Cannot Initialize {name}: not among the arrays loaded, and there is no "
                "initializer for those that are missing")
            self.default_init(name, arr)
            how = 'by default'
        if self.verbose:
            logging.info('Initialized %s %s', name, how)


class Mixed:
    """Leaves each parameter to the initializer of the first pattern that matches the beginning of
    its name, a regular expression: `Mixed(['bias', '.*'], [Zero(), Uniform(0.1)])`.

    A name that no pattern matches is a ValueError.
    """

    def __init__(self, patterns, initializers):
        assert len(patterns) == len(initializers), (
            f"expected an initializer for each of {len(patterns)} patterns, got "
            f"{len(initializers)}")
        self.map = [(re.compile(pattern), each) for pattern, each in zip(patterns, initializers)]

    def __call__(self, name, arr):
        """Fills `arr`."""
        for pattern, init in self.map:
            if pattern.match(name):
                init(name, arr)
                return
        raise ValueError(f"Parameter name {name} did not match any pattern; add the pattern "
                         '".*" last')


@register
@alias("zeros")
class Zero(Initializer):
    """All elements 0."""

    def __init__(self):  # pylint: disable=useless-parent-delegation
        super().__init__()

    def _init_weight(self, _, arr):
        arr[:] = 0


@register
@alias("ones")
class One(Initializer):
    """All elements 1."""

    def __init__(self):  # pylint: disable=useless-parent-delegation
        super().__init__()

    def _init_weight(self, _, arr):
        arr[:] = 1


@register
class Constant(Initializer):
    """All elements `value`; or a copy of an array, broadcast and converted."""

    def __init__(self, value):
        super().__init__(value=value)
        self.value = value

    def _init_weight(self, _, arr):
        arr[:] = self.value


@register
class Uniform(_Filled):
    """Uniform in [-scale, scale)."""

    _KIND = 'uniform'

    def __init__(self, scale=0.07):
        super().__init__(scale=scale)
        self.scale = scale


@register
class Normal(_Filled):
    """Normally distributed with mean 0 and standard deviation `sigma`."""

    _KIND = 'normal'

    def __init__(self, sigma=0.01):
        super().__init__(sigma=sigma)
        self.sigma = sigma


@register
class Orthogonal(_Filled):
    """The array as a matrix of shape[0] rows: `scale` times rows that are orthonormal, or columns
    where there are more rows than columns (Saxe et al., 2014).

    Parameters
    ----------
    rand_type : what the matrix is made from: "uniform" or "normal" random numbers.
    """

    _KIND = 'orthogonal'

    def __init__(self, scale=1.414, rand_type="uniform"):
        super().__init__(scale=scale, rand_type=rand_type)
        self.scale = scale
        self.rand_type = rand_type


@register
class Xavier(_Filled):
    """Random with scale = sqrt(magnitude / factor), where inputs are shape[1] and outputs shape[0],
    each times the size of the kernel (Glorot and Bengio, 2010).

    Parameters
    ----------
    rnd_type : "uniform", in [-scale, scale); "gaussian", with standard deviation scale.
    factor_type : the factor is the number of inputs ("in"), of outputs ("out") or their mean
        ("avg").

    Arrays of fewer than 2 axes are a ValueError, as are other words.
    """

    _KIND = 'xavier'

    def __init__(self, rnd_type="uniform", factor_type="avg", magnitude=3):
        super().__init__(rnd_type=rnd_type, factor_type=factor_type, magnitude=magnitude)
        self.rnd_type = rnd_type
        self.factor_type = factor_type
        self.magnitude = float(magnitude)


@register
class MSRAPrelu(Xavier):
    """Gaussian Xavier with magnitude 2 / (1 + slope^2) (He et al., 2015).

    Parameters
    ----------
    slope : the initial slope of the rectifier below zero.
    """

    _KIND = 'msraprelu'

    def __init__(self, factor_type="avg", slope=0.25):
        super().__init__("gaussian", factor_type, 2. / (1 + slope ** 2))
        self._kwargs = {'factor_type': factor_type, 'slope': slope}


@register
class Bilinear(_Filled):
    """The weights of an upsampling by linear interpolation, for arrays of 4 axes."""

    _KIND = 'bilinear'

    def __init__(self):  # pylint: disable=useless-parent-delegation
        super().__init__()


@register
class LSTMBias(Initializer):
    """A bias of an LSTM cell, of which the second of four parts, the forget gate's, is
    `forget_bias` and the rest 0."""

    def __init__(self, forget_bias=1.0):
        super().__init__(forget_bias=forget_bias)
        self.forget_bias = forget_bias

    def _init_weight(self, name, arr):
        arr[:] = 0.0
        units = arr.shape[0] // 4
        arr[units:2 * units] = self.forget_bias


# The gates of each kind of cell, in the order in which their weights lie.
_GATES = {'rnn_relu': ('',), 'rnn_tanh': ('',), 'lstm': ('_i', '_f', '_c', '_o'),
          'gru': ('_r', '_z', '_o')}


@register
class FusedRNN(Initializer):
    """Fills the one vector in which the weights of all layers of a recurrent net lie.

    Parameters
    ----------
    init : for each weight in it; None: the initializer of the whole net.
    num_hidden, num_layers, mode, bidirectional : of the net.
    forget_bias : the forget gates' bias in LSTM cells.
    """

    def __init__(self, init, num_hidden, num_layers, mode, bidirectional=False, forget_bias=1.0):
        if isinstance(init, str):
            init = create(init)
        super().__init__(init=init.dumps() if init is not None else None, num_hidden=num_hidden,
                         num_layers=num_layers, mode=mode, bidirectional=bidirectional,
                         forget_bias=forget_bias)
        self._init = init
        self._num_hidden = num_hidden
        self._num_layers = num_layers
        self._mode = mode
        self._bidirectional = bidirectional
        self._forget_bias = forget_bias

    def _parts(self, size):
        """The name and the shape of each part of a vector of that size, in the order in which they
        lie: all weights, then all biases."""
        gates, units = _GATES[self._mode], self._num_hidden
        sides = ('l', 'r') if self._bidirectional else ('l',)
        per_gate = size // len(sides) // len(gates) // units
        inner = self._num_layers - 1
        inputs = per_gate - inner * (units + len(sides) * units + 2) - units - 2
        for kind in ('weight', 'bias'):
            for layer in range(self._num_layers):
                width = inputs if layer == 0 else units * len(sides)
                for side in sides:
                    for group, columns in (('i2h', width), ('h2h', units)):
                        for gate in gates:
                            yield (f'{side}{layer}_{group}{gate}_{kind}',
                                   (units, columns) if kind == 'weight' else (units,))

    def _init_weight(self, desc, arr):
        begin = 0
        for name, shape in self._parts(arr.size):
            part = arr[begin:begin + int(numpy.prod(shape))].reshape(shape)
            begin += part.size
            if self._mode == 'lstm' and name.endswith('_f_bias'):
                part[:] = self._forget_bias
                continue
            of_net = getattr(desc, 'global_init', None)
            (self._init or of_net)(InitDesc(name, global_init=of_net), part)
