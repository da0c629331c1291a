"""Dirichlet's distribution."""
from .... import numpy as np
from .constraint import Positive, Simplex
from .exp_family import ExponentialFamily
from .utils import _digamma, _gammaln, broadcast, times_log

__all__ = ['Dirichlet']


class Dirichlet(ExponentialFamily):
    """Vectors of shares that sum to 1, with the weights `alpha` along the last axis."""

    support = Simplex()
    arg_constraints = {'alpha': Positive()}
    _axes = {'alpha': 1}

    def __init__(self, alpha, validate_args=None):
        self.alpha = alpha
        super().__init__(1, validate_args)

    def _log_normalizer(self):
        return _gammaln(self.alpha).sum(-1) - _gammaln(self.alpha.sum(-1))

    def _log_prob(self, value):
        return times_log(self.alpha - 1, value).sum(-1) - self._log_normalizer()

    def _draw(self, shape):
        alpha = broadcast(self.alpha, shape + self.alpha.shape[-1:])
        parts = np.random.gamma(alpha, 1.0)
        return parts / parts.sum(-1, keepdims=True)

    @property
    def mean(self):
        """The mean."""
        return self.alpha / self.alpha.sum(-1, keepdims=True)

    @property
    def variance(self):
        """The variance of each share."""
        total = self.alpha.sum(-1, keepdims=True)
        return self.alpha * (total - self.alpha) / (total ** 2 * (total + 1))

    def entropy(self):
        """The mean of -log_prob, in nats."""
        total, count = self.alpha.sum(-1), self.alpha.shape[-1]
        return (self._log_normalizer() + (total - count) * _digamma(total)
                - ((self.alpha - 1) * _digamma(self.alpha)).sum(-1))
