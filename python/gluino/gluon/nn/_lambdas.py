"""Functions as layers."""

import inspect

from ... import ndarray, symbol
from ...util import is_np_array
from ..block import Block, HybridBlock


def _refused(function):
    return ValueError(f'expected a function, or the name of an operator, got {function!r} of '
                      f'{type(function)}')


def _operator(F, name):
    """The operator of that name: in np mode one of mx.np or mx.npx, as in 2.0. None without."""
    for place in (F.np, F.npx) if is_np_array() else (F,):
        if hasattr(place, name):
            return getattr(place, name)
    return None


def _where():
    return 'mx.np and mx.npx' if is_np_array() else 'mx.nd and mx.sym'


class Lambda(Block):
    """A function of arrays as a layer: a Python function, or the name of an operator: of mx.nd,
    in np mode of mx.np or mx.npx."""

    def __init__(self, function, prefix=None):
        super().__init__(prefix=prefix)
        if isinstance(function, str):
            self._func_impl = _operator(ndarray, function)
            assert self._func_impl, f'there is no function {function} in {_where()}'
        elif callable(function):
            self._func_impl = function
        else:
            raise _refused(function)

    def forward(self, *args):
        """What the function gives."""
        return self._func_impl(*args)

    def __repr__(self):
        return f'{type(self).__name__}({_name_of(self._func_impl)})'


class HybridLambda(HybridBlock):
    """A function of F and arrays or symbols as a layer: a Python function, which may leave F out
    as in 2.0, or the name of an operator: of mx.nd and mx.sym, in np mode of mx.np or mx.npx."""

    # What the function takes; found in the first call.
    _room = None

    def __init__(self, function, prefix=None):
        super().__init__(prefix=prefix)
        if isinstance(function, str):
            assert _operator(ndarray, function) and _operator(symbol, function), (
                f'there is no function {function} in {_where()}')
            self._func = None  # found by its name, so that the layer can be pickled
        elif callable(function):
            self._func = function
        else:
            raise _refused(function)
        self._func_name = function if isinstance(function, str) else _name_of(function)

    def hybrid_forward(self, F, x, *args):
        """What the function gives."""
        if self._func is None:
            return _operator(F, self._func_name)(x, *args)
        if self._room is None:
            self._room = _Room(self._func)
        if self._room.is_for_operators(1 + len(args)):
            return self._func(F, x, *args)
        return self._func(x, *args)

    def __repr__(self):
        return f'{type(self).__name__}({self._func_name})'


class _Room:
    """What a function takes, looked up once: its signature costs more than a small operator."""

    def __init__(self, function):
        try:
            parameters = list(inspect.signature(function).parameters.values())
        except (TypeError, ValueError):  # Of what is not written in Python.
            self._names_operators, self._most, self._least = False, float('inf'), 0
            return
        places = [p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
        self._names_operators = bool(places) and places[0].name == 'F'
        is_open = any(p.kind is p.VAR_POSITIONAL for p in parameters)
        self._most = float('inf') if is_open else len(places)
        self._least = sum(p.default is p.empty for p in places)

    def is_for_operators(self, count):
        """Whether it takes F before `count` arrays: if its first parameter is called so, or if there
        is room for it. Where there need not be, in np mode, where 2.0's programs are at home, it
        takes none."""
        if self._names_operators:
            return True
        if self._most <= count:
            return False
        return not is_np_array() or self._least > count


def _name_of(function):
    return getattr(function, '__name__', type(function).__name__)
