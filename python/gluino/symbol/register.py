"""Makes the namespaces of mx.sym from the registry."""
from .._operators import SYM, fill
from ..ndarray.register import missing_operator

__all__ = ["operators_of", "missing_operator"]


def operators_of(namespace):
    """The operators of one namespace by their names in it."""
    functions = {}
    fill({namespace: functions}, SYM)
    return functions
