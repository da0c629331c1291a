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
        self._func_name = function if isinstance(function, str) else _name_of(function)

    def forward(self, *args):
        """What the function gives."""
        return self._func_impl(*args)

    def __repr__(self):
        return f'{type(self).__name__}({self._func_name})'


class HybridLambda(HybridBlock):
    """A function of F and arrays or symbols as a layer: a Python function, which may leave F out
    as in 2.0, or the name of an operator: of mx.nd and mx.sym, in np mode of mx.np or mx.npx."""

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
        if _takes_operators(self._func, 1 + len(args)):
            return self._func(F, x, *args)
        return self._func(x, *args)

    def __repr__(self):
        return f'{type(self).__name__}({self._func_name})'


def _takes_operators(function, count):
    """Whether a function that gets `count` arrays takes F before them: if its first parameter is
    called so, or if there is room for it. Where there need not be, in np mode, where 2.0's programs
    are at home, it takes none."""
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        return not is_np_array()
    positional = [p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    if positional and positional[0].name == 'F':
        return True
    if len(positional) <= count and not any(p.kind is p.VAR_POSITIONAL for p in parameters):
        return False
    return not is_np_array() or sum(p.default is p.empty for p in positional) > count


def _name_of(function):
    return getattr(function, '__name__', type(function).__name__)
