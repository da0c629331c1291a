"""How layers get their prefixes: "dense0_" outside of scopes, "net0_dense0_" in a network's."""

import threading

from ..name import NameManager, Prefix
from .parameter_dict import ParameterDict


class _BlockScope:
    """While it is entered, layers made on this thread are named below a block, and so are the
    operators of graphs."""

    # Per thread: the scope, and what was there before those that are entered, as several threads
    # may be in one block's scope, and one thread several times.
    _current = threading.local()

    def __init__(self, block):
        self._block = block
        self._counter = {}

    @staticmethod
    def create(prefix, params, hint):
        """The prefix and the parameters' dictionary of a new layer."""
        current = getattr(_BlockScope._current, 'value', None)
        if current is None:
            if prefix is None:
                prefix = NameManager.current.get(None, hint) + '_'
            return prefix, _dictionary(prefix, params, None)
        if prefix is None:
            count = current._counter.get(hint, 0)
            prefix = f'{hint}{count}_'
            current._counter[hint] = count + 1
        parent = current._block.params
        full = current._block.prefix + prefix
        return full, _dictionary(parent.prefix + prefix, params, parent._shared)

    def __enter__(self):
        if self._block._empty_prefix:
            return self
        current = _BlockScope._current
        names = Prefix(self._block.prefix)
        names.__enter__()
        if not hasattr(current, 'entered'):
            current.entered = []
        current.entered.append((getattr(current, 'value', None), names))
        current.value = self
        return self

    def __exit__(self, ptype, value, trace):
        if self._block._empty_prefix:
            return
        current = _BlockScope._current
        current.value, names = current.entered.pop()
        names.__exit__(ptype, value, trace)


def _dictionary(prefix, params, shared):
    """Of a layer that shares the parameters `params`, if given, or `shared` of its parent."""
    if params is not None:
        return ParameterDict(params.prefix, params)
    return ParameterDict(prefix, shared)
