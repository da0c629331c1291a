"""More samplers, and data sets of text."""
from . import sampler, text
from .sampler import IntervalSampler
