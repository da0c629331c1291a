"""Transformations of random variables, and those that lead to a constraint."""
from .transformation import *  # noqa: F401,F403
from .domain_map import *  # noqa: F401,F403
