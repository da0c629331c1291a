"""mx.nd.np: the functions of mx.np, for programs that take `F.np` from `F = mx.nd`."""
from ...numpy import *  # noqa: F401,F403
from ...numpy import linalg, ndarray, random  # noqa: F401
