"""What a transformation makes of a distribution."""
from .... import numpy as np
from .distribution import Distribution
from .utils import sum_right_most

__all__ = ['TransformedDistribution']


class TransformedDistribution(Distribution):
    """The distribution of `transforms`, one or a list, one after the other, of draws of
    `base_dist`."""

    def __init__(self, base_dist, transforms, validate_args=None):
        self._base_dist = base_dist
        self._transforms = list(transforms) if isinstance(transforms, (list, tuple)) else [
            transforms]
        self.has_grad = base_dist.has_grad
        super().__init__(max([base_dist.event_dim]
                             + [transform.event_dim for transform in self._transforms]),
                         validate_args)

    def _parameters(self):
        return super()._parameters() or self._base_dist._parameters()

    def broadcast_to(self, batch_shape):
        """The same distributions, repeated to a batch of this shape."""
        if self.arg_constraints:
            return super().broadcast_to(batch_shape)
        return type(self)(self._base_dist.broadcast_to(batch_shape), self._transforms,
                          self._validate_args)

    def _batch_shape(self):
        return super()._batch_shape() if self.arg_constraints else self._base_dist._batch_shape()

    def _draw(self, shape):
        return self._forward(self._base_dist.sample(shape))

    def _forward(self, x):
        for transform in self._transforms:
            x = transform(x)
        return x

    def _log_prob(self, value):
        change = 0.0
        for transform in reversed(self._transforms):
            x = transform.inv(value)
            change = change + sum_right_most(transform.log_det_jacobian(x, value),
                                             self.event_dim - transform.event_dim)
            value = x
        base = self._base_dist
        return sum_right_most(base.log_prob(value), self.event_dim - base.event_dim) - change

    def _growing(self):
        """1 where the result grows with the draw, -1 where it falls."""
        sign = 1
        for transform in self._transforms:
            sign = sign * transform.sign
        return sign

    def cdf(self, value):
        """The chance of at most `value`."""
        sign = self._growing()
        for transform in reversed(self._transforms):
            value = transform.inv(value)
        return sign * (self._base_dist.cdf(value) - 0.5) + 0.5

    def icdf(self, value):
        """What comes out smaller or equal with the chance `value`."""
        return self._forward(self._base_dist.icdf(self._growing() * (value - 0.5) + 0.5))


class Folded(TransformedDistribution):
    """The distance from 0 of draws that are distributed evenly around 0."""

    def _log_prob(self, value):
        return self._base_dist.log_prob(value) + np.log(2.0)

    def cdf(self, value):
        """The chance of at most `value`."""
        return np.maximum(2 * self._base_dist.cdf(value) - 1, 0)

    def icdf(self, value):
        """What comes out smaller or equal with the chance `value`."""
        return self._base_dist.icdf((value + 1) / 2)

    def entropy(self):
        """The mean of -log_prob, in nats."""
        return self._base_dist.entropy() - np.log(2.0)
