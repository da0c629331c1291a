"""Bulks of operators, `mx.engine`: calls compute at once here, so there is nothing to gather."""
import contextlib
import operator
# Found here, too, as in MXNet.
from .base import check_call  # noqa: F401

_size = 15


def set_bulk_size(size):
    """Remembers the size; gives the one before."""
    global _size
    before, _size = _size, operator.index(size)
    return before


@contextlib.contextmanager
def bulk(size):
    """Remembers the size in a with-statement."""
    before = set_bulk_size(size)
    try:
        yield
    finally:
        set_bulk_size(before)
