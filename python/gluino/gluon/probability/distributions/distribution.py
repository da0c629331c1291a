"""What distributions have in common."""
from numpy import broadcast_shapes

from .... import numpy as np
from .constraint import Constraint, _OfElements
from .utils import broadcast, choose, is_array, shape_of

__all__ = ['Distribution']


class Distribution:
    """A distribution, or a batch of them: parameters are numbers, or arrays that are broadcast.

    A derived class names its parameters in `arg_constraints`, keeps them as attributes of these
    names, and has `_log_prob(value)` and `_draw(shape)`. `has_grad` says that draws are functions
    of the parameters, through which gradients go. `event_dim` is the number of axes of one draw.
    With `validate_args` parameters and values are checked; ValueError names those that are not in
    the `support`.
    """

    has_grad = False
    has_enumerate_support = False
    support: Constraint | None = None
    arg_constraints: dict[str, Constraint] = {}
    _validate_args = False
    #: How many axes parameters have behind those of the batch, where they have some.
    _axes: dict[str, int] = {}
    #: The names of the other arguments of __init__, which the attributes tell.
    _others: tuple[str, ...] = ()

    def __init__(self, event_dim=None, validate_args=None):
        self.event_dim = event_dim or 0
        if validate_args is not None:
            self._validate_args = validate_args
        if self._validate_args:
            for name, value in self._parameters().items():
                self.arg_constraints[name].check(value)

    @staticmethod
    def set_default_validate_args(value):
        """Whether distributions check parameters and values unless they are told."""
        Distribution._validate_args = value

    def _parameters(self):
        """Those that were given, by name."""
        return {name: vars(self)[name] for name in self.arg_constraints
                if vars(self).get(name) is not None}

    def _batch_shape(self):
        shapes = []
        for name, value in self._parameters().items():
            shape = value.shape if is_array(value) else ()
            shapes.append(shape[:len(shape) - self._axes.get(name, 0)])
        return broadcast_shapes(*shapes)

    def _ctx(self):
        """The device of the parameters; None where all are numbers."""
        return next((value.ctx for value in self._parameters().values() if is_array(value)), None)

    def broadcast_to(self, batch_shape):
        """The same distributions, repeated to a batch of this shape."""
        given = {}
        for name, value in self._parameters().items():
            axes = self._axes.get(name, 0)
            given[name] = broadcast(value, shape_of(batch_shape)
                                    + (value.shape[-axes:] if axes else ()), self._ctx())
        return type(self)(**given, **{name: getattr(self, name) for name in self._others},
                          validate_args=self._validate_args)

    def log_prob(self, value):
        """The logarithm of the density at `value`, or of its chance; -inf outside of the support,
        NaN at NaN."""
        self._validate_samples(value)
        result = self._log_prob(value)
        support = self.support
        if isinstance(support, _OfElements) and self.event_dim == 0:
            return choose(support._holds(value), lambda: result, lambda: _outside(value))
        return result

    def _validate_samples(self, value):
        if self._validate_args and self.support is not None:
            self.support.check(value)
        return value

    def _log_prob(self, value):
        raise _lacks(self, 'log_prob')

    def pdf(self, value):
        """The density at `value`, or its chance."""
        return np.exp(self.log_prob(value))

    def cdf(self, value):
        """The chance of at most `value`."""
        raise _lacks(self, 'cdf')

    def icdf(self, value):
        """What comes out smaller or equal with the chance `value`."""
        raise _lacks(self, 'icdf')

    def sample(self, size=None):
        """A draw from each distribution of the batch, or `size` of them in all: a shape to which
        the batch is broadcast."""
        return self._draw(self._batch_shape() if size is None else shape_of(size))

    def sample_n(self, size=None):
        """So many draws from each distribution of the batch: the shape is `size`, then the
        batch's."""
        return self._draw(shape_of(size) + self._batch_shape())

    def _draw(self, shape):
        raise _lacks(self, 'sample')

    @property
    def mean(self):
        """The mean."""
        raise _lacks(self, 'mean')

    @property
    def variance(self):
        """The variance."""
        raise _lacks(self, 'variance')

    @property
    def stddev(self):
        """The square root of the variance."""
        return np.sqrt(self.variance)

    def entropy(self):
        """The mean of -log_prob, in nats."""
        raise _lacks(self, 'entropy')

    def perplexity(self):
        """exp(entropy)."""
        return np.exp(self.entropy())

    def enumerate_support(self):
        """All values that there are, along a new first axis."""
        raise _lacks(self, 'enumerate_support')

    def __repr__(self):
        said = ', '.join(f'{name}: {value.shape if is_array(value) else value}'
                         for name, value in self._parameters().items())
        return f'{type(self).__name__}({said})'


def _outside(value):
    # pylint: disable-next=comparison-with-itself
    return choose(value == value, lambda: -float('inf'), lambda: value)


def _lacks(distribution, name):
    return NotImplementedError(f'{type(distribution).__name__} has no {name}')
