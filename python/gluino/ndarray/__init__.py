"""Arrays and the operators on them: `mx.nd`."""
from .._core import CachedOp  # noqa: F401
from . import _internal, contrib, image, linalg, op, random, register, sparse, utils
from .op import *  # noqa: F403
from .ndarray import *  # noqa: F403
from ._indexing_rules import (get_indexing_dispatch_code,  # noqa: F401
                              get_oshape_of_gather_nd_op, indexing_key_expand_implicit_axes)
from .ndarray import NDArray, _DTYPE_MX_TO_NP, _DTYPE_NP_TO_MX, _GRAD_REQ_MAP  # noqa: F401
from .sparse import (BaseSparseNDArray, CSRNDArray, RowSparseNDArray, csr_matrix,  # noqa: F401
                     row_sparse_array)
from .utils import array, empty, load, load_frombuffer, save, zeros  # noqa: F401


def Custom(*args, **kwargs):  # type: ignore[no-redef]
    """The user's operator that was registered as `op_type`; see mx.operator."""
    from ..operator import call_custom
    return call_custom("nd", args, kwargs)


_missing = register.missing_operator("mx.nd")


def __getattr__(name):
    # mx.nd.np and mx.nd.npx are loaded when they are first used: they need the package whole.
    full = {"np": "numpy", "npx": "numpy_extension"}.get(name, name)
    if full in ("numpy", "numpy_extension"):
        import importlib
        return importlib.import_module(f"{__name__}.{full}")
    return _missing(name)
