"""mx.npx: what networks need beyond NumPy, on mx.np.ndarray.

The operators of the registry under the names that MXNet's np interface gives them, the switches
`set_np` and `reset_np`, devices, and files of arrays.
"""
from ..base import check_call, classproperty, with_metaclass
from ..context import (Context, cpu, cpu_pinned, current_context, gpu, gpu_memory_info, num_gpus)
from ..ndarray import waitall
from ..util import (get_cuda_compute_capability, is_np_array, is_np_default_dtype, is_np_shape,
                    reset_np, set_np, set_np_default_dtype)
from . import image, random
from ._functions import *  # noqa: F401,F403
from ._functions import slice  # noqa: F401
from ._operators import *  # noqa: F401,F403
from .files import load, save, savez
from .random import seed

Device, current_device = Context, current_context
