"""The normal distribution of vectors."""
import math

from .... import numpy as np
from ....numpy._call import call
from .constraint import LowerCholesky, PositiveDefinite, Real
from .distribution import Distribution
from .utils import broadcast, derived, one_of

__all__ = ['MultivariateNormal']


class MultivariateNormal(Distribution):
    """Vectors with the mean `loc`, and one of the matrices `cov` (of covariances), `precision` (its
    inverse) and `scale_tril` (the lower triangle whose square, L L', is cov)."""

    has_grad = True
    support = Real()
    arg_constraints = {'loc': Real(), 'cov': PositiveDefinite(), 'precision': PositiveDefinite(),
                       'scale_tril': LowerCholesky()}
    _axes = {'loc': 1, 'cov': 2, 'precision': 2, 'scale_tril': 2}

    def __init__(self, loc, cov=None, precision=None, scale_tril=None, validate_args=None):
        self.loc = loc
        setattr(self, *one_of(cov=cov, precision=precision, scale_tril=scale_tril))
        super().__init__(1, validate_args)

    @derived
    def scale_tril(self):
        """The lower triangle whose square is the matrix of covariances."""
        return call('_linalg_potrf', self.cov)

    @derived
    def cov(self):
        """The covariances."""
        if 'precision' in vars(self):
            return call('_linalg_inverse', self.precision)
        return call('_linalg_gemm2', self.scale_tril, self.scale_tril, transpose_b=True)

    @derived
    def precision(self):
        """The inverse of the matrix of covariances."""
        return call('_linalg_inverse', self.cov)

    def _log_prob(self, value):
        distance = value - self.loc
        shape = np.broadcast_arrays(distance[..., 0], self.scale_tril[..., 0, 0])[0].shape
        size = distance.shape[-1]
        factor = broadcast(self.scale_tril, shape + (size, size))
        z = call('_linalg_trsm', factor, broadcast(distance, shape + (size,))[..., None])
        return -((z ** 2).sum((-1, -2)) + size * math.log(2 * math.pi)) / 2 - self._log_volume()

    def _log_volume(self):
        return np.log(np.diagonal(self.scale_tril, axis1=-2, axis2=-1)).sum(-1)

    def _draw(self, shape):
        noise = np.random.normal(size=shape + self.loc.shape[-1:], ctx=self._ctx())
        return self.loc + np.matmul(self.scale_tril, noise[..., None])[..., 0]

    @property
    def mean(self):
        """The mean."""
        return broadcast(self.loc, self._batch_shape() + self.loc.shape[-1:])

    @property
    def variance(self):
        """The variance of each element."""
        return broadcast((self.scale_tril ** 2).sum(-1), self.mean.shape)

    def entropy(self):
        """The mean of -log_prob, in nats."""
        return broadcast(self.loc.shape[-1] * (1 + math.log(2 * math.pi)) / 2 + self._log_volume(),
                         self._batch_shape())
