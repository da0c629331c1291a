"""Batches of distributions as one of vectors."""
from .distribution import Distribution
from .utils import shape_of, sum_right_most

__all__ = ['Independent']


class Independent(Distribution):
    """`base_distribution` with the last `reinterpreted_batch_ndims` axes of its batch counted as
    axes of one draw: densities there are multiplied."""

    def __init__(self, base_distribution, reinterpreted_batch_ndims, validate_args=None):
        ndims = len(base_distribution._batch_shape())
        if not 0 <= reinterpreted_batch_ndims <= ndims:
            raise ValueError(f'reinterpreted_batch_ndims: expected at most the {ndims} axes of the '
                             f'batch, got {reinterpreted_batch_ndims}')
        self.base_dist = base_distribution
        self.reinterpreted_batch_ndims = reinterpreted_batch_ndims
        self.has_grad = base_distribution.has_grad
        super().__init__(base_distribution.event_dim + reinterpreted_batch_ndims, validate_args)

    @property
    def _event(self):
        """The sizes of the axes that no longer belong to the batch."""
        shape = self.base_dist._batch_shape()
        return shape[len(shape) - self.reinterpreted_batch_ndims:]

    def _parameters(self):
        return {}

    def _batch_shape(self):
        shape = self.base_dist._batch_shape()
        return shape[:len(shape) - self.reinterpreted_batch_ndims]

    def broadcast_to(self, batch_shape):
        """The same distributions, repeated to a batch of this shape."""
        return type(self)(self.base_dist.broadcast_to(tuple(batch_shape) + self._event),
                          self.reinterpreted_batch_ndims, self._validate_args)

    @property
    def has_enumerate_support(self):
        """Whether the values can be listed: not those of several distributions together."""
        return self.reinterpreted_batch_ndims == 0 and self.base_dist.has_enumerate_support

    @property
    def support(self):
        """That of the distributions."""
        return self.base_dist.support

    @property
    def mean(self):
        """The means."""
        return self.base_dist.mean

    @property
    def variance(self):
        """The variances."""
        return self.base_dist.variance

    def sample(self, size=None):
        """A draw from each distribution of the batch, or `size` of them in all: a shape to which
        the batch is broadcast, with or without the axes that are one draw's."""
        if size is not None:
            size, whole = shape_of(size), self.base_dist._batch_shape()
            if len(size) >= len(whole) and size[len(size) - len(whole):] == whole:
                return self.base_dist.sample(size)
        return super().sample(size)

    def _draw(self, shape):
        return self.base_dist.sample(shape + self._event)

    def _log_prob(self, value):
        return sum_right_most(self.base_dist.log_prob(value), self.reinterpreted_batch_ndims)

    def entropy(self):
        """The sum of the entropies."""
        return sum_right_most(self.base_dist.entropy(), self.reinterpreted_batch_ndims)

    def enumerate_support(self):
        """All values that there are, along a new first axis."""
        if self.reinterpreted_batch_ndims:
            raise NotImplementedError('Independent has no enumerate_support: it would list all '
                                      'combinations of values')
        return self.base_dist.enumerate_support()

    def __repr__(self):
        return f'Independent({self.base_dist!r}, {self.reinterpreted_batch_ndims})'
