"""Samplers of other orders."""
from ...data import sampler

__all__ = ['IntervalSampler']


class IntervalSampler(sampler.Sampler):
    """0, `interval`, 2 `interval`, ... below `length`, and, where `rollover`, then those from 1,
    from 2 and so on, until all have been visited."""

    def __init__(self, length, interval, rollover=True):
        assert interval <= length, (
            f'Interval {interval} must be smaller than or equal to length {length}')
        self._length = length
        self._interval = interval
        self._rollover = rollover

    def __iter__(self):
        for start in range(self._interval if self._rollover else 1):
            yield from range(start, self._length, self._interval)

    def __len__(self):
        """The number of samples of the data, those left out included, as in MXNet."""
        return self._length
