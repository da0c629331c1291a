"""Attributes of all nodes that are made in a with-statement: `mx.AttrScope`."""
import threading

from . import _core
# Found here, too, as in MXNet.
from .base import Current, classproperty, with_metaclass  # noqa: F401

__all__ = ["AttrScope"]

# Attributes that MXNet's files write as "__lr_mult__" and its programs ask for as "lr_mult".
_HIDDEN = ("ctx_group", "lr_mult", "wd_mult", "force_mirroring", "mirror_stage")


class AttrScope:
    """Gives attributes, whose values are strings, to the symbols made in its with-statement.

        with mx.AttrScope(ctx_group="stage1"):
            net = mx.sym.FullyConnected(net, num_hidden=10)
    """

    _scopes = threading.local()

    def __init__(self, **kwargs):
        for value in kwargs.values():
            if not isinstance(value, str):
                raise ValueError("Attributes need to be string")
        self._attr = kwargs
        self._outside = {}
        self._before = []

    def get(self, attr):
        """The scope's attributes, and those of `attr` over them."""
        return {**self._outside, **self._attr, **(attr or {})}

    def __enter__(self):
        outside = dict(_core.current_attributes())
        self._outside = {**outside, **{_core.hidden_key(k): v for k, v in self._attr.items()}}
        self._before.append(_core.swap_attributes(self._outside))
        stack = AttrScope._scopes.__dict__.setdefault("stack", [])
        stack.append(self)
        return self

    def __exit__(self, *error):
        _core.swap_attributes(self._before.pop())
        AttrScope._scopes.stack.pop()

    class _Current:
        def __get__(self, instance, owner):
            stack = getattr(AttrScope._scopes, "stack", None)
            return stack[-1] if stack else _NO_SCOPE

    def _put(self):
        """Takes the place of the innermost scope of this thread."""
        self._outside = {_core.hidden_key(k): v for k, v in self._attr.items()}
        _core.swap_attributes(self._outside)
        stack = AttrScope._scopes.__dict__.setdefault("stack", [])
        stack[-1:] = [self]

    current = _Current()
    _current = Current(lambda: AttrScope.current, _put)


_NO_SCOPE = AttrScope()


def _twice(attributes):
    """The attributes of a node; those of _HIDDEN under both of their names."""
    return attributes | {name: attributes[f"__{name}__"] for name in _HIDDEN
                         if f"__{name}__" in attributes}


def current():
    """The innermost scope of this thread."""
    return AttrScope.current
