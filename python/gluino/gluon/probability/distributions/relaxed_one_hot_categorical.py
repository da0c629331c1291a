"""Vectors near the corners of a simplex in place of a OneHotCategorical's."""
from .... import numpy as np
from .... import numpy_extension as npx
from ..transformation.transformation import ExpTransform
from .categorical import check_events
from .constraint import Real, Simplex
from .distribution import Distribution
from .transformed_distribution import TransformedDistribution
from .utils import ProbsOrLogits, _gammaln

__all__ = ['RelaxedOneHotCategorical']


class _LogRelaxed(Distribution):
    """The logarithms of such vectors: log_softmax((logit + Gumbel's noise) / T)."""

    has_grad = True
    arg_constraints = {'logit': Real()}
    _axes = {'logit': 1}
    _others = ('T',)

    def __init__(self, T, logit, validate_args=None):
        self.T, self.logit = T, logit
        super().__init__(1, validate_args)

    def _draw(self, shape):
        noise = np.random.gumbel(size=shape + self.logit.shape[-1:], ctx=self._ctx())
        return npx.log_softmax((self.logit + noise) / self.T, axis=-1)

    def _log_prob(self, value):
        score = self.logit - self.T * value
        count = score.shape[-1]
        return (npx.log_softmax(score, axis=-1).sum(-1) + (count - 1) * np.log(self.T)
                + _gammaln(float(count)))


class RelaxedOneHotCategorical(ProbsOrLogits, TransformedDistribution):
    """softmax((logit + Gumbel's noise) / T): near a corner at a low temperature `T`, with gradients
    to the chances (Jang, Gu and Poole, 2017)."""

    support = Simplex()
    arg_constraints = {'prob': Simplex(), 'logit': Real()}
    _others = ('T', 'num_events')

    def __init__(self, T, num_events, prob=None, logit=None, validate_args=None):
        self.T, self.num_events = T, check_events(num_events, prob, logit)
        self._give(prob, logit)
        super().__init__(_LogRelaxed(T, self.logit), ExpTransform(), validate_args)
