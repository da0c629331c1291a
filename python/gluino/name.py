"""How nodes of symbols, and layers, get their names."""
import threading

from . import _core
# Found here, too, as in MXNet.
from .base import Current, classproperty, with_metaclass  # noqa: F401

__all__ = ["NameManager", "Prefix"]


class NameManager:
    """Gives names where a call gives none: the kind of operator and a number that counts up.

    As a context manager it decides for its thread. Derive from it and write `get` for names of
    one's own.
    """

    _scopes = threading.local()

    def __init__(self):
        self._counter = {}

    def get(self, name, hint):
        """`name` if there is one, else the next automatic name that begins with `hint`."""
        if name:
            return name
        number = self._counter.get(hint, 0)
        self._counter[hint] = number + 1
        return f"{hint}{number}"

    def __enter__(self):
        if not hasattr(NameManager._scopes, "stack"):
            NameManager._scopes.stack = []
        NameManager._scopes.stack.append((self, _core.NameScope(self)))
        return self

    def __exit__(self, *error):
        # The scope's end is its object's.
        NameManager._scopes.stack.pop()

    class _Current:
        def __get__(self, instance, owner):
            stack = getattr(NameManager._scopes, "stack", None)
            return stack[-1][0] if stack else _THREAD

    def _put(self):
        """Takes the place of the innermost manager of this thread."""
        if getattr(NameManager._scopes, "stack", None):
            self.__exit__()
        if self is not _THREAD:
            self.__enter__()

    current = _Current()
    _current = Current(lambda: NameManager.current, _put)


class _ThreadManager(NameManager):
    """The one that a thread begins with; it lives in the library."""

    def get(self, name, hint):
        return _core.default_name(name, hint)


class Prefix(NameManager):
    """Puts a prefix before all names, given or automatic."""

    def __init__(self, prefix):
        super().__init__()
        self._prefix = prefix

    def get(self, name, hint):
        return self._prefix + super().get(name, hint)


_THREAD = _ThreadManager()


def current():
    """The manager that names what is made on this thread now."""
    return NameManager.current
