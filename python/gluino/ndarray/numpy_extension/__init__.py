"""mx.nd.npx: the functions of mx.npx, for programs that take `F.npx` from `F = mx.nd`."""
from ...numpy_extension import *  # noqa: F401,F403
from ...numpy_extension import image, random, slice  # noqa: F401
