"""Functions of random variables that know their inverse, and how they change volumes."""
from .... import numpy as np
from .... import numpy_extension as npx
from ...hybrid_block import HybridBlock
from ..distributions.utils import is_array, sum_right_most

__all__ = ['Transformation', 'TransformBlock', 'ComposeTransform', 'ExpTransform',
           'AffineTransform', 'PowerTransform', 'AbsTransform', 'SigmoidTransform',
           'SoftmaxTransform']


class Transformation:
    """A function y = f(x) of random variables, to be called.

    A derived class has `_forward_compute(x)`, `_inverse_compute(y)`, and if it is `bijective` also
    `log_det_jacobian(x, y)`, the logarithm of |dy / dx|. `event_dim` says of how many axes at the
    end it computes together; `sign` is 1 where y grows with x, and -1 where it falls.
    """

    bijective = False
    event_dim = 0

    def __init__(self):
        super().__init__()

    @property
    def sign(self):
        """1 for a growing function, -1 for a falling one. NotImplementedError for others."""
        raise NotImplementedError(f'{type(self).__name__} neither grows nor falls everywhere')

    @property
    def inv(self):
        """The inverse of the transformation."""
        return _Inverse(self)

    def __call__(self, x):
        return self._forward_compute(x)

    def log_det_jacobian(self, x, y):
        """The logarithm of |dy / dx| at x, where y = self(x)."""
        raise NotImplementedError(f'{type(self).__name__} has no log_det_jacobian')

    def _forward_compute(self, x):
        raise NotImplementedError(f'{type(self).__name__} has no _forward_compute')

    def _inverse_compute(self, y):
        raise NotImplementedError(f'{type(self).__name__} has no _inverse_compute')


class _Inverse(Transformation):
    """What leads back."""

    def __init__(self, forward):
        super().__init__()
        self._inv = forward
        self.bijective, self.event_dim = forward.bijective, forward.event_dim

    @property
    def sign(self):
        return self._inv.sign

    @property
    def inv(self):
        return self._inv

    def __call__(self, x):
        return self._inv._inverse_compute(x)

    def _inverse_compute(self, y):
        return self._inv(y)

    def log_det_jacobian(self, x, y):
        return -self._inv.log_det_jacobian(y, x)


class TransformBlock(Transformation, HybridBlock):
    """A transformation that has parameters to be learnt: a layer of a flow."""

    def __init__(self, *args, **kwargs):
        HybridBlock.__init__(self, *args, **kwargs)

    __call__ = HybridBlock.__call__

    def forward(self, x):
        """What the transformation gives."""
        return self._forward_compute(x)


class ComposeTransform(Transformation):
    """Transformations one after the other, the first of the list first."""

    def __init__(self, parts):
        super().__init__()
        self._parts = list(parts)
        self.bijective = all(part.bijective for part in self._parts)
        self.event_dim = max((part.event_dim for part in self._parts), default=0)

    @property
    def sign(self):
        """The product of the parts' signs."""
        sign = 1
        for part in self._parts:
            sign = sign * part.sign
        return sign

    @property
    def inv(self):
        """The parts' inverses in the opposite order."""
        return ComposeTransform([part.inv for part in reversed(self._parts)])

    def _forward_compute(self, x):
        for part in self._parts:
            x = part(x)
        return x

    def _inverse_compute(self, y):
        return self.inv(y)

    def log_det_jacobian(self, x, y):
        """The sum of the parts'."""
        result = 0.0
        for part in self._parts:
            y = part(x)
            result = result + sum_right_most(part.log_det_jacobian(x, y),
                                             self.event_dim - part.event_dim)
            x = y
        return result


class ExpTransform(Transformation):
    """y = exp(x)."""

    bijective = True
    sign = 1

    def _forward_compute(self, x):
        return np.exp(x)

    def _inverse_compute(self, y):
        return np.log(y)

    def log_det_jacobian(self, x, y):
        return x


class AffineTransform(Transformation):
    """y = loc + scale * x; of vectors with event_dim=1, of matrices with 2."""

    bijective = True

    def __init__(self, loc, scale, event_dim=0):
        super().__init__()
        self._loc, self._scale, self.event_dim = loc, scale, event_dim

    @property
    def sign(self):
        """That of the scale."""
        return np.sign(self._scale)

    def _forward_compute(self, x):
        return self._loc + self._scale * x

    def _inverse_compute(self, y):
        return (y - self._loc) / self._scale

    def log_det_jacobian(self, x, y):
        change = np.log(np.abs(self._scale))
        return sum_right_most(np.zeros_like(x) + change, self.event_dim) if is_array(x) else change


class PowerTransform(Transformation):
    """y = x ** exponent of positive numbers."""

    bijective = True

    def __init__(self, exponent):
        super().__init__()
        self._exponent = exponent

    @property
    def sign(self):
        """That of the exponent."""
        return np.sign(self._exponent)

    def _forward_compute(self, x):
        return x ** self._exponent

    def _inverse_compute(self, y):
        return y ** (1 / self._exponent)

    def log_det_jacobian(self, x, y):
        return np.log(np.abs(self._exponent * y / x))


class SigmoidTransform(Transformation):
    """y = 1 / (1 + exp(-x))."""

    bijective = True
    sign = 1

    def _forward_compute(self, x):
        return npx.sigmoid(x)

    def _inverse_compute(self, y):
        return np.log(y) - np.log1p(-y)

    def log_det_jacobian(self, x, y):
        return -np.logaddexp(0, x) - np.logaddexp(0, -x)


class SoftmaxTransform(Transformation):
    """The softmax of vectors, which is no bijection: the inverse gives one of those that lead
    there."""

    event_dim = 1

    def _forward_compute(self, x):
        return npx.softmax(x, axis=-1)

    def _inverse_compute(self, y):
        return np.log(y)


class AbsTransform(Transformation):
    """y = |x|; the inverse gives the positive x."""

    def _forward_compute(self, x):
        return np.abs(x)

    def _inverse_compute(self, y):
        return y
