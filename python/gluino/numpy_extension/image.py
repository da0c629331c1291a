"""mx.npx.image: what mx.image has, and the operators on pictures, as functions of np arrays."""
from .._operators import all_names
from ..util import is_np_array  # noqa: F401

_PREFIX = "_image_"


def __getattr__(name):
    from .. import image  # pylint: disable=import-outside-toplevel
    from ..numpy._call import operator  # pylint: disable=import-outside-toplevel
    if not name.startswith("_"):
        if hasattr(image, name):
            return getattr(image, name)
        if any(op == _PREFIX + name for op, _ in all_names()):
            return operator(_PREFIX + name)
    raise AttributeError(f"mx.npx.image has no attribute {name!r}")
