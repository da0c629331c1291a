"""Kullback-Leibler divergences: the mean of log p(x) - log q(x) where x follows p.

Each formula is that integral, or sum, in closed form.
"""
import math

from numpy import euler_gamma

from .... import numpy as np
from ....numpy._call import call
from .bernoulli import Bernoulli
from .beta import Beta
from .binomial import Binomial
from .categorical import Categorical
from .cauchy import Cauchy
from .dirichlet import Dirichlet
from .exponential import Exponential
from .gamma import Gamma
from .geometric import Geometric
from .gumbel import Gumbel
from .half_normal import HalfNormal
from .laplace import Laplace
from .multivariate_normal import MultivariateNormal
from .normal import Normal
from .one_hot_categorical import OneHotCategorical
from .pareto import Pareto
from .poisson import Poisson
from .uniform import Uniform
from .utils import _digamma, _gammaln, betaln, broadcast, choose, times_log

__all__ = ['register_kl', 'kl_divergence', 'empirical_kl']

_formulas: dict = {}


def register_kl(typeP, typeQ):
    """A decorator that registers a function of p and q as the divergence of two classes, and of
    what derives from them."""
    def register(formula):
        _formulas[typeP, typeQ] = formula
        return formula
    return register


def kl_divergence(p, q):
    """The divergence of q from p, for each of the batch. NotImplementedError where no formula is
    registered; see empirical_kl."""
    for kind_p in type(p).__mro__:
        for kind_q in type(q).__mro__:
            if (kind_p, kind_q) in _formulas:
                return _formulas[kind_p, kind_q](p, q)
    raise NotImplementedError(f'there is no formula for the divergence of {type(q).__name__} from '
                              f'{type(p).__name__}; empirical_kl() estimates it')


def empirical_kl(p, q, n_samples=1):
    """An estimate from so many draws of p."""
    x = p.sample_n(n_samples)
    return (p.log_prob(x) - q.log_prob(x)).mean(axis=0)


@register_kl(Bernoulli, Bernoulli)
def _bernoulli(p, q):
    return p._log_chance(p.prob, 1 - p.prob) - q._log_chance(p.prob, 1 - p.prob)


@register_kl(Binomial, Binomial)
def _binomial(p, q):
    if p.n != q.n:
        raise NotImplementedError(f'kl_divergence of Binomials: there is no formula for {p.n} and '
                                  f'{q.n} attempts')
    return p.n * _bernoulli(p, q)


@register_kl(Geometric, Geometric)
def _geometric(p, q):
    return p._log_chance(1, p.mean) - q._log_chance(1, p.mean)


@register_kl(Categorical, Categorical)
@register_kl(OneHotCategorical, OneHotCategorical)
def _categorical(p, q):
    none = p.prob == 0
    return (p.prob * np.where(none, 0, p._log_probs() - q._log_probs())).sum(-1)


@register_kl(Poisson, Poisson)
def _poisson(p, q):
    return times_log(p.rate, p.rate / q.rate) - p.rate + q.rate


@register_kl(Normal, Normal)
def _normal(p, q):
    ratio = (p.scale / q.scale) ** 2
    return (ratio + ((p.loc - q.loc) / q.scale) ** 2 - 1 - np.log(ratio)) / 2


@register_kl(HalfNormal, HalfNormal)
def _half_normal(p, q):
    ratio = (p.scale / q.scale) ** 2
    return (ratio - 1 - np.log(ratio)) / 2


@register_kl(MultivariateNormal, MultivariateNormal)
def _multivariate_normal(p, q):
    size = p.loc.shape[-1]
    shape = np.broadcast_arrays(p._log_volume(), q._log_volume(), p.loc[..., 0],
                                q.loc[..., 0])[0].shape
    factor = broadcast(q.scale_tril, shape + (size, size))
    spread = call('_linalg_trsm', factor, broadcast(p.scale_tril, shape + (size, size)))
    shift = call('_linalg_trsm', factor, broadcast(q.loc - p.loc, shape + (size,))[..., None])
    return (((spread ** 2).sum((-1, -2)) + (shift ** 2).sum((-1, -2)) - size) / 2
            + q._log_volume() - p._log_volume())


@register_kl(Laplace, Laplace)
def _laplace(p, q):
    distance, ratio = abs(p.loc - q.loc), p.scale / q.scale
    return distance / q.scale + ratio * np.exp(-distance / p.scale) - 1 - np.log(ratio)


@register_kl(Cauchy, Cauchy)
def _cauchy(p, q):
    return np.log(((p.scale + q.scale) ** 2 + (p.loc - q.loc) ** 2) / (4 * p.scale * q.scale))


@register_kl(Gumbel, Gumbel)
def _gumbel(p, q):
    ratio, shift = p.scale / q.scale, (p.loc - q.loc) / q.scale
    return (euler_gamma * (ratio - 1) + shift - np.log(ratio) - 1
            + np.exp(_gammaln(1 + ratio) - shift))


@register_kl(Exponential, Exponential)
def _exponential(p, q):
    ratio = p.scale / q.scale
    return ratio - 1 - np.log(ratio)


@register_kl(Gamma, Gamma)
def _gamma(p, q):
    ratio = p.scale / q.scale
    return ((p.shape - q.shape) * _digamma(p.shape) - _gammaln(p.shape) + _gammaln(q.shape)
            - q.shape * np.log(ratio) + p.shape * (ratio - 1))


@register_kl(Beta, Beta)
def _beta(p, q):
    a, b = p.alpha - q.alpha, p.beta - q.beta
    return (betaln(q.alpha, q.beta) - betaln(p.alpha, p.beta) + a * _digamma(p.alpha)
            + b * _digamma(p.beta) - (a + b) * _digamma(p.alpha + p.beta))


@register_kl(Dirichlet, Dirichlet)
def _dirichlet(p, q):
    total = _digamma(p.alpha.sum(-1, keepdims=True))
    return (q._log_normalizer() - p._log_normalizer()
            + ((p.alpha - q.alpha) * (_digamma(p.alpha) - total)).sum(-1))


@register_kl(Pareto, Pareto)
def _pareto(p, q):
    inside = np.log(p.alpha / q.alpha) + q.alpha * np.log(p.scale / q.scale) + q.alpha / p.alpha - 1
    return choose(p.scale < q.scale, lambda: math.inf + 0 * inside, lambda: inside)


@register_kl(Uniform, Uniform)
def _uniform(p, q):
    outside = np.logical_or(p.low < q.low, p.high > q.high)
    return choose(outside, lambda: math.inf,
                  lambda: np.log((q.high - q.low) / (p.high - p.low)))


def _cross_normal(p, q):
    """The mean of -log q."""
    return ((p.variance + (p.mean - q.loc) ** 2) / q.scale ** 2 + math.log(2 * math.pi)) / 2 + (
        np.log(q.scale))


@register_kl(Uniform, Normal)
@register_kl(Exponential, Normal)
def _from_normal(p, q):
    return _cross_normal(p, q) - p.entropy()


@register_kl(Uniform, Gumbel)
def _uniform_gumbel(p, q):
    low, high = q._standard(p.low), q._standard(p.high)
    return ((low + high) / 2 + (np.exp(-low) - np.exp(-high)) / (high - low)
            - np.log(high - low))


@register_kl(Exponential, Gumbel)
def _exponential_gumbel(p, q):
    ratio, shift = p.scale / q.scale, q.loc / q.scale
    return ratio - shift + np.exp(shift) / (1 + ratio) - np.log(ratio) - 1


@register_kl(Exponential, Gamma)
def _exponential_gamma(p, q):
    ratio = p.scale / q.scale
    return (ratio + _gammaln(q.shape) + (q.shape - 1) * euler_gamma - q.shape * np.log(ratio) - 1)
