"""One of several outcomes, by its number."""
from .... import numpy as np
from .... import numpy_extension as npx
from ....numpy._call import call
from .constraint import IntegerInterval, Real, Simplex
from .distribution import Distribution
from .utils import ProbsOrLogits, broadcast

__all__ = ['Categorical']


class Categorical(ProbsOrLogits, Distribution):
    """Numbers from 0 to num_events - 1 with the chances `prob` along the last axis, or those whose
    logarithms are `logit`, but for a common summand."""

    has_enumerate_support = True
    arg_constraints = {'prob': Simplex(), 'logit': Real()}
    _others = ('num_events',)

    def __init__(self, num_events, prob=None, logit=None, validate_args=None):
        self.num_events = check_events(num_events, prob, logit)
        self._give(prob, logit)
        super().__init__(0, validate_args)

    @property
    def support(self):
        """The numbers of the outcomes."""
        return IntegerInterval(0, self.num_events - 1)

    def _log_prob(self, value):
        shape = np.broadcast_arrays(value, self._log_probs()[..., 0])[0].shape
        return npx.pick(broadcast(self._log_probs(), shape + (self.num_events,)),
                        broadcast(value, shape))

    def _draw(self, shape):
        chances = broadcast(self.prob, shape + (self.num_events,))
        return call('_sample_multinomial', chances, shape=(), dtype='int64')

    def enumerate_support(self):
        """The numbers of the outcomes, along a new first axis."""
        batch = self._batch_shape()
        numbers = np.arange(self.num_events, ctx=self._ctx()).reshape((-1,) + (1,) * len(batch))
        return np.broadcast_to(numbers, (self.num_events,) + batch)

    def entropy(self):
        """The mean of -log_prob, in nats."""
        return -_expected(self.prob, self._log_probs())


def _expected(prob, logs):
    return (prob * np.where(prob == 0, 0, logs)).sum(-1)


def check_events(num_events, prob, logit):
    """`num_events`. ValueError unless so many chances stand along the last axis."""
    for name, value in (('prob', prob), ('logit', logit)):
        if value is not None and value.shape[-1:] != (num_events,):
            raise ValueError(f'{name}: expected {num_events} along the last axis, '
                             f'got the shape {value.shape}')
    return num_events
