"""Random variables in networks: distributions, what is made of them, and blocks with losses inside.

As in MXNet 2.0, and so on the arrays of `mx.np`: programs begin with `npx.set_np()`.
"""
from .block import *  # noqa: F401,F403
from .distributions import *  # noqa: F401,F403
from .transformation import *  # noqa: F401,F403
