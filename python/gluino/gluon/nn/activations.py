"""Layers that apply one function to each element."""

from ... import initializer
from ...util import is_np_array, use_np  # noqa: F401
from ..block import HybridBlock
from ..parameter import Parameter  # noqa: F401
from ._faces import operators

__all__ = ['Activation', 'LeakyReLU', 'PReLU', 'ELU', 'SELU', 'Swish', 'SiLU', 'GELU']


class Activation(HybridBlock):
    """A function of each element: 'relu', 'sigmoid', 'tanh', 'softrelu', 'softsign', 'log_sigmoid'
    or 'mish'."""

    def __init__(self, activation, **kwargs):
        self._act_type = activation
        super().__init__(**kwargs)

    def _alias(self):
        return self._act_type

    def __repr__(self):
        return f'{type(self).__name__}({self._act_type})'

    def hybrid_forward(self, F, x):
        """The function of x, which may have any shape."""
        return operators(F, x).Activation(x, act_type=self._act_type, name='fwd')


def named_activation(name):
    """The layer of the function of that name behind a layer; None where the name is None."""
    if name is None:
        return None
    if not isinstance(name, str):
        raise TypeError(f"activation: expected a name such as 'relu', got {name!r}; a function of "
                        "another kind is a layer behind this one")
    return Activation(name, prefix=name + '_')


class LeakyReLU(HybridBlock):
    """x where x > 0, else `alpha` * x. AssertionError for a negative alpha."""

    def __init__(self, alpha, **kwargs):
        assert alpha >= 0, f'LeakyReLU: expected a slope of at least 0, got {alpha}'
        super().__init__(**kwargs)
        self._alpha = alpha

    def __repr__(self):
        return f'{type(self).__name__}({self._alpha})'

    def hybrid_forward(self, F, x):
        """The function of x, which may have any shape."""
        return operators(F, x).LeakyReLU(x, act_type='leaky', slope=self._alpha, name='fwd')


class PReLU(HybridBlock):
    """x where x > 0, else alpha * x with a learnt alpha.

    Parameters
    ----------
    alpha_initializer : Initializer
        What alpha begins with.
    in_channels : int
        1: one alpha for all; else one for each channel, the second axis.
    """

    def __init__(self, alpha_initializer=initializer.Constant(0.25), in_channels=1, **kwargs):
        super().__init__(**kwargs)
        with self.name_scope():
            self.alpha = self.params.get('alpha', shape=(in_channels,), init=alpha_initializer)

    def hybrid_forward(self, F, x, alpha):
        """The function of x, which may have any shape."""
        return operators(F, x).LeakyReLU(x, alpha, act_type='prelu', name='fwd')


class ELU(HybridBlock):
    """x where x > 0, else `alpha` * (exp(x) - 1) (Clevert et al., 2016)."""

    def __init__(self, alpha=1.0, **kwargs):
        super().__init__(**kwargs)
        self._alpha = alpha

    def hybrid_forward(self, F, x):
        """The function of x, which may have any shape."""
        return operators(F, x).LeakyReLU(x, act_type='elu', slope=self._alpha)


class SELU(HybridBlock):
    """The ELU that keeps mean 0 and variance 1 (Klambauer et al., 2017)."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)

    def hybrid_forward(self, F, x):
        """The function of x, which may have any shape."""
        return operators(F, x).LeakyReLU(x, act_type='selu', name='fwd')


class GELU(HybridBlock):
    """x times the normal distribution's probability of less than x (Hendrycks and Gimpel, 2016)."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)

    def hybrid_forward(self, F, x):
        """The function of x, which may have any shape."""
        return operators(F, x).LeakyReLU(x, act_type='gelu', name='fwd')


class Swish(HybridBlock):
    """x * sigmoid(`beta` * x) (Ramachandran et al., 2017)."""

    def __init__(self, beta=1.0, **kwargs):
        super().__init__(**kwargs)
        self._beta = beta

    def hybrid_forward(self, F, x):
        """The function of x, which may have any shape."""
        return x * operators(F, x).sigmoid(self._beta * x, name='fwd')


class SiLU(Swish):
    """x * sigmoid(x), as 2.0 calls it."""

    def __init__(self, **kwargs):
        super().__init__(beta=1.0, **kwargs)
