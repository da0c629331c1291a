"""Samplers of other orders."""
from ...data.sampler import IntervalSampler

__all__ = ['IntervalSampler']
