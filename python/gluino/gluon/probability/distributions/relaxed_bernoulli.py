"""Numbers between 0 and 1 in place of a Bernoulli distribution's."""
from .... import numpy as np
from ..transformation.transformation import SigmoidTransform
from .constraint import Interval, OpenInterval, Positive, Real
from .location_scale import LocationScale
from .transformed_distribution import TransformedDistribution
from .utils import ProbOrLogit, softplus

__all__ = ['RelaxedBernoulli']


class _Logistic(LocationScale):
    """The logistic distribution around `loc`."""

    arg_constraints = {'loc': Real(), 'scale': Positive()}

    def _noise(self, size, ctx):
        return np.random.logistic(size=size, ctx=ctx)

    def _log_density(self, z):
        return -softplus(z) - softplus(-z)

    def _below(self, z):
        return 1 / (1 + np.exp(-z))

    def _place(self, chance):
        return np.log(chance) - np.log1p(-chance)


class RelaxedBernoulli(ProbOrLogit, TransformedDistribution):
    """sigmoid((logit + logistic noise) / T): near 0 and 1 at a low temperature `T`, with gradients
    to the chances (Maddison, Mnih and Teh, 2017)."""

    support = OpenInterval(0, 1)
    arg_constraints = {'prob': Interval(0, 1), 'logit': Real()}
    _others = ('T',)

    def __init__(self, T, prob=None, logit=None, validate_args=None):
        self.T = T
        self._give(prob, logit)
        super().__init__(_Logistic(self.logit / T, 1 / T), SigmoidTransform(), validate_args)
