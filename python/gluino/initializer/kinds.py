"""Initializers of single arrays. Random numbers are the library's."""
from .. import _core
from .base import Initializer, alias, register

__all__ = ["Zero", "One", "Constant", "Uniform", "Normal", "Orthogonal", "Xavier", "MSRAPrelu",
           "Bilinear"]


def _text(value):
    return value if isinstance(value, str) else repr(float(value))


class _Filled(Initializer):
    """An initializer of the library, called by the name in lower case with its options."""

    def _init_weight(self, name, arr):
        options = {key: _text(value) for key, value in self._kwargs.items()}
        _core.initializer.fill(self._KIND, options, str(name), arr)


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
