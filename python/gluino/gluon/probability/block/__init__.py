"""Blocks that take part in a loss from the inside."""
from .stochastic_block import *  # noqa: F401,F403
