"""The functions of mx.np and mx.npx by the names of their operators, `_np_sum` for mx.np.sum: who
asks for signatures and words finds them here, as in MXNet."""
from ..numpy_op_signature import _get_builtin_op


def __getattr__(name):
    try:
        function = _get_builtin_op(name)
    except ValueError:
        function = None
    if function is None:
        raise AttributeError(f"there is no function {name!r} of NumPy's")
    return function
