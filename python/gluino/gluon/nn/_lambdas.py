"""Functions as layers."""

from ... import ndarray, symbol
from ..block import Block, HybridBlock


def _refused(function):
    return ValueError(f'expected a function, or the name of an operator, got {function!r} of '
                      f'{type(function)}')


class Lambda(Block):
    """A function of arrays as a layer: a Python function, or the name of an operator of mx.nd."""

    def __init__(self, function, prefix=None):
        super().__init__(prefix=prefix)
        if isinstance(function, str):
            assert hasattr(ndarray, function), f'there is no function {function} in mx.nd'
            self._func_impl = getattr(ndarray, function)
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
    """A function of F and arrays or symbols as a layer: a Python function, or the name of an
    operator."""

    def __init__(self, function, prefix=None):
        super().__init__(prefix=prefix)
        if isinstance(function, str):
            assert hasattr(ndarray, function) and hasattr(symbol, function), (
                f'there is no function {function} in mx.nd and mx.sym')
            self._func = None  # found by its name, so that the layer can be pickled
        elif callable(function):
            self._func = function
        else:
            raise _refused(function)
        self._func_name = function if isinstance(function, str) else _name_of(function)

    def hybrid_forward(self, F, x, *args):
        """What the function gives."""
        if self._func is None:
            return getattr(F, self._func_name)(x, *args)
        return self._func(F, x, *args)

    def __repr__(self):
        return f'{type(self).__name__}({self._func_name})'


def _name_of(function):
    return getattr(function, '__name__', type(function).__name__)
