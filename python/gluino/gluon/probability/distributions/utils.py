"""What distributions share: special functions of arrays and of numbers, chances and odds, shapes."""
import math
from functools import cached_property
from numbers import Integral

import numpy as onp

from .... import numpy as np
from .... import numpy_extension as npx
from ....numpy._call import real
from ....numpy_extension import constraint_check as _all_hold

__all__ = ['prob2logit', 'logit2prob', 'cached_property', 'sample_n_shape_converter',
           'constraint_check', 'digamma', 'gammaln', 'erfinv', 'erf']


def is_array(value):
    """Whether a parameter is an array; else it is a number."""
    return isinstance(value, np.ndarray)


def _special(operator, of_number=None):
    """An operator as a function of arrays, whole numbers too, and of numbers, which it gives as
    numbers in double."""
    def function(value):
        if is_array(value):
            return operator(real(value))
        if of_number is not None:
            return of_number(value)
        return operator(np.array(value, dtype='float64')).item()
    function.__doc__ = operator.__doc__
    return function


_gammaln, _erf = _special(npx.gammaln, math.lgamma), _special(npx.erf, math.erf)
_digamma, _erfinv = _special(npx.digamma), _special(npx.erfinv)


def digamma():
    """The slope of gammaln, as a function of arrays and of numbers."""
    return _digamma


def gammaln():
    """The logarithm of the gamma function, as a function of arrays and of numbers."""
    return _gammaln


def erf():
    """The error function, as a function of arrays and of numbers."""
    return _erf


def erfinv():
    """The inverse of the error function, as a function of arrays and of numbers."""
    return _erfinv


def constraint_check():
    """A function of truths and a message: ValueError with the message unless all are true."""
    def check(condition, message):
        if is_array(condition):
            return _all_hold(condition, message)
        if not condition:
            raise ValueError(message)
        return True
    return check


def betaln(a, b):
    """The logarithm of the beta function."""
    return _gammaln(a) + _gammaln(b) - _gammaln(a + b)


def choose(condition, yes, no):
    """What the functions `yes` and `no` give, by a condition: of arrays for each element, of numbers
    from the one that is called."""
    if is_array(condition):
        return np.where(condition, yes(), no())
    return yes() if condition else no()


def _both(first, second):
    """Whether both hold; truths are arrays or Python's."""
    if is_array(first) and is_array(second):
        return np.logical_and(first, second)
    truths, truth = (first, second) if is_array(first) else (second, first)
    return truths if truth else False


def times_log(factor, x):
    """factor * log(x), and 0 where both are 0."""
    return factor * np.log(choose(_both(factor == 0, x == 0), lambda: 1.0, lambda: x))


def softplus(x):
    """log(1 + exp(x))."""
    return np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))


def prob2logit(prob, binary=True):
    """The logarithm of the odds of a chance, or with binary=False that of the chances of several
    outcomes. Chances of 0 and 1 are moved a hair's breadth inside: the logarithms are finite."""
    eps = float(onp.finfo(prob.dtype if is_array(prob) else 'float64').eps)
    prob = np.clip(prob, eps, 1 - eps)
    return np.log(prob) - np.log1p(-prob) if binary else np.log(prob)


def logit2prob(logit, binary=True):
    """The chance whose odds have that logarithm, or with binary=False the chances of several
    outcomes: the softmax."""
    if not binary:
        return npx.softmax(logit, axis=-1)
    return npx.sigmoid(logit) if is_array(logit) else 1 / (1 + np.exp(-logit))


def shape_of(size):
    """A size, one number or several, as a tuple; None is ()."""
    if size is None:
        return ()
    return (int(size),) if isinstance(size, Integral) else tuple(int(n) for n in size)


def sample_n_shape_converter(size):
    """The shape of `size` draws from each of a batch, as operators ask for it: -2 stands for the
    batch. None stays None."""
    return size if size is None else (-2,) + shape_of(size)


def broadcast(value, shape, ctx=None):
    """A parameter repeated to a shape: an array, or a number, at the device `ctx`."""
    return np.broadcast_to(value, shape) if is_array(value) else np.full(shape, value, ctx=ctx)


def sum_right_most(x, ndim):
    """The sums over the last `ndim` axes."""
    return x if ndim == 0 else x.sum(axis=tuple(range(-ndim, 0)))


class derived:
    """A parameter of a distribution that follows from another one, unless it was given.

    It is computed anew each time: what is recorded of it belongs to one forward.
    """

    def __init__(self, compute):
        self.compute = compute
        self.__doc__ = compute.__doc__

    def __get__(self, owner, kind=None):
        return self if owner is None else self.compute(owner)


def one_of(**given):
    """The name and the value of the one argument that was given. ValueError for none or several."""
    named = [item for item in given.items() if item[1] is not None]
    if len(named) != 1:
        raise ValueError(f'expected one of {", ".join(given)}; got '
                         + (', '.join(name for name, _ in named) or 'none of them'))
    return named[0]


class ProbOrLogit:
    """Distributions of a chance that is given as `prob`, or by the logarithm of its odds."""

    def _give(self, prob, logit):
        setattr(self, *one_of(prob=prob, logit=logit))

    @derived
    def prob(self):
        """The chance."""
        return logit2prob(self.logit)

    @derived
    def logit(self):
        """The logarithm of its odds."""
        return prob2logit(self.prob)

    def _log_chance(self, successes, failures):
        """The logarithm of the chance of so many of each, in one order of them."""
        if 'prob' in vars(self):
            return times_log(successes, self.prob) + times_log(failures, 1 - self.prob)
        return successes * self.logit - (successes + failures) * softplus(self.logit)


class ProbsOrLogits(ProbOrLogit):
    """Distributions of the chances of several outcomes, along the last axis."""

    _axes = {'prob': 1, 'logit': 1}

    @derived
    def prob(self):
        """The chances."""
        return logit2prob(self.logit, False)

    @derived
    def logit(self):
        """The logarithms of the chances."""
        return prob2logit(self.prob, False)

    def _log_probs(self):
        """The logarithms of chances that sum to 1."""
        if 'prob' in vars(self):
            return np.log(self.prob)
        return npx.log_softmax(self.logit, axis=-1)

    def _log_chances(self, counts):
        """The logarithm of the chance of so many of each outcome, in one order of them."""
        if 'prob' in vars(self):
            return times_log(counts, self.prob).sum(-1)
        return (counts * self._log_probs()).sum(-1)
