"""Distributions that are a standard one, moved and stretched."""
from .... import numpy as np
from .distribution import Distribution


class LocationScale(Distribution):
    """loc + scale * z. A derived class says about z what its names say: `_noise(size, ctx)` draws,
    `_log_density(z)`, `_below(z)` is the chance of less, `_place(chance)` its inverse, `_mean`,
    `_variance`, `_entropy`. One without loc has loc = 0."""

    has_grad = True
    loc = 0.0

    def __init__(self, loc, scale, validate_args=None):
        self.loc, self.scale = loc, scale
        super().__init__(0, validate_args)

    def _standard(self, value):
        return (value - self.loc) / self.scale

    def _log_prob(self, value):
        return self._log_density(self._standard(value)) - np.log(self.scale)

    def _draw(self, shape):
        return self.loc + self.scale * self._noise(shape, self._ctx())

    def cdf(self, value):
        """The chance of at most `value`."""
        return self._below(self._standard(value))

    def icdf(self, value):
        """What comes out smaller or equal with the chance `value`."""
        return self.loc + self.scale * self._place(value)

    @property
    def mean(self):
        """The mean."""
        return self.loc + self.scale * self._mean

    @property
    def variance(self):
        """The variance."""
        return self.scale ** 2 * self._variance

    @property
    def stddev(self):
        """The standard deviation."""
        return self.scale * np.sqrt(self._variance)

    def entropy(self):
        """The mean of -log_prob, in nats."""
        return np.log(self.scale) + self._entropy
