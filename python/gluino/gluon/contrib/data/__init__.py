"""More samplers."""
from . import sampler
from .sampler import IntervalSampler
