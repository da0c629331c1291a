"""How layers get their prefixes: "dense0_" outside of scopes, "net0_dense0_" in a network's."""

import threading

from ..name import NameManager, Prefix
from .parameter_dict import ParameterDict


class _BlockScope:
    """While it is entered, layers made on this thread are named below a block, and so are the
    operators of graphs."""

    _current = threading.local()

    def __init__(self, block):
        self._block = block
        self._counter = {}
        # One block's scope may be entered several times, one within the other.
        self._entered = []

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
        before = getattr(_BlockScope._current, 'value', None)
        _BlockScope._current.value = self
        names = Prefix(self._block.prefix)
        names.__enter__()
        self._entered.append((before, names))
        return self

    def __exit__(self, ptype, value, trace):
        if self._block._empty_prefix:
            return
        before, names = self._entered.pop()
        names.__exit__(ptype, value, trace)
        _BlockScope._current.value = before

    def __getstate__(self):
        return {'_block': self._block, '_counter': self._counter, '_entered': []}


def _dictionary(prefix, params, shared):
    """Of a layer that shares the parameters `params`, if given, or `shared` of its parent."""
    if params is not None:
        return ParameterDict(params.prefix, params)
    return ParameterDict(prefix, shared)
