"""What inference is told and tells of shapes, in MXNet's words."""

from .. import _core


def _print_arguments(what, known):
    """What a mistake was found in, where MXNet's users look for it."""
    print(f"{what} error. Arguments:")
    for name, value in known.items():
        print(f"  {name}: {value}")


def _is_known(shape):
    if _core.is_np_shape():
        return shape is not None and -1 not in shape
    return bool(shape) and 0 not in shape


def _shown(shape):
    """A shape as MXNet writes what is not known: () and 0, or None and -1 under npx.set_np_shape."""
    if _core.is_np_shape():
        return shape
    return () if shape is None else tuple(0 if size == -1 else size for size in shape)
