"""Arrays in nested lists and tuples, as blocks take and give them.

A nesting is described as MXNet does: 0 for an array, -1 for None, a list for what holds others.
"""

from .._tracing import is_tracing
from .._tracing import state as _state
from ..base import MXNetError
from ..ndarray import NDArray
from ..symbol import Symbol


class Tracing:
    """While a graph is made, blocks inside become parts of it, make none of their own, and call no
    hooks: there are no values to show. `shapes` are those of the graph's inputs in the call that it
    is made for, by name."""

    def __init__(self, shapes=None):
        self._shapes = shapes

    def __enter__(self):
        _state.depth = getattr(_state, 'depth', 0) + 1
        self._before = getattr(_state, 'shapes', None)
        _state.shapes = self._shapes

    def __exit__(self, *args):
        _state.depth -= 1
        _state.shapes = self._before


def traced_shape(x):
    """The shape of a symbol's output in the call for which a graph is made; None where that is not
    known."""
    shapes = getattr(_state, 'shapes', None) or {}
    inputs = {name: shapes[name] for name in x.list_inputs() if name in shapes}
    try:
        found = x.infer_shape_partial(**inputs)[1]
    except MXNetError:
        return None
    shape = found[0] if found else None
    return shape if shape and all(size > 0 for size in shape) else None


class Eager:
    """Hybridized blocks run as if they were not."""

    def __enter__(self):
        _state.eager = getattr(_state, 'eager', 0) + 1

    def __exit__(self, *args):
        _state.eager -= 1


def runs_graphs():
    """Whether hybridized blocks run as graphs, on this thread and now."""
    return not is_tracing() and getattr(_state, 'eager', 0) == 0


def _flatten(args, inout_str):
    """The arrays of `args` in a row, and their nesting. ValueError for what is no array."""
    if isinstance(args, NDArray):
        return [args], 0
    if isinstance(args, Symbol):
        count = len(args.list_outputs())
        return [args], count if count > 1 else 0
    if args is None:
        return [None], -1
    if not isinstance(args, (list, tuple)):
        raise ValueError(f'A hybridized HybridBlock: expected arrays or (nested) lists of them as '
                         f'{inout_str}, got {args!r} of {type(args)}')
    flat, nesting = [], []
    for arg in args:
        arrays, inner = _flatten(arg, inout_str)
        flat.extend(arrays)
        nesting.append(inner)
    return flat, nesting


def _regroup(args, fmt):
    """The reverse: what `args` begins with in the nesting `fmt`, and what is left."""
    if isinstance(fmt, int):
        if fmt == -1:
            assert args[0] is None, 'expected None'
            return None, args[1:]
        if fmt == 0:
            return args[0], args[1:]
        return args[:fmt], args[fmt:]
    assert isinstance(args, (list, tuple))
    result = []
    for inner in fmt:
        part, args = _regroup(args, inner)
        result.append(part)
    return result, args


def without_trailing_none(nesting):
    """Arguments that are left out at the end are the same as None."""
    if not isinstance(nesting, list):
        return nesting
    end = len(nesting)
    while end > 0 and nesting[end - 1] == -1:
        end -= 1
    return nesting[:end]


class Shape:
    """How a result is nested, with lists and tuples told apart, and what in it is no array."""

    def __init__(self, value):
        self._kind = type(value) if isinstance(value, (list, tuple)) else None
        self._is_array = isinstance(value, (NDArray, Symbol))
        self._constant = None if self._kind or self._is_array else value
        self._items = [Shape(item) for item in value] if self._kind else None

    def fill(self, arrays):
        """A value of this form with the arrays, which are taken from an iterator."""
        if self._is_array:
            return next(arrays)
        if self._kind is None:
            return self._constant
        items = [item.fill(arrays) for item in self._items]
        if self._kind in (list, tuple):
            return self._kind(items)
        make = getattr(self._kind, '_make', self._kind)  # a named tuple, or a class of one's own
        return make(items)


def others_in(value):
    """What nested lists and tuples hold beside arrays, numbers, texts and None, in a row."""
    if isinstance(value, (list, tuple)):
        for item in value:
            yield from others_in(item)
    elif not (value is None or isinstance(value, (NDArray, Symbol, int, float, str))):
        yield value


def arrays_in(value):
    """All arrays or symbols in nested lists and tuples, in a row."""
    if isinstance(value, (NDArray, Symbol)):
        yield value
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from arrays_in(item)


def is_numpy(value):
    """Whether an array or symbol is one of the NumPy interface."""
    from ..numpy import ndarray as np_ndarray  # its package needs this one's neighbours
    from ..symbol.numpy import _Symbol
    return isinstance(value, (np_ndarray, _Symbol))


def _refuse_inputs(kind, args, has_array):
    """For inputs that are neither arrays nor symbols, or of both."""
    got = ', '.join(str(type(arg)) for arg in args)
    raise ValueError(f'A {kind} takes arrays, or symbols, and not both; got {got}' if has_array else
                     f'A {kind} takes arrays, or symbols; got {got}. mx.nd.array and mx.np.array '
                     'make arrays of numbers')


def _gather_type_ctx_info(args):
    """What there is in nested arguments: whether symbols, whether arrays, the places of these, and
    the first one's."""
    if isinstance(args, NDArray):
        return False, True, {args.context}, args.context
    if isinstance(args, Symbol):
        return True, False, set(), None
    has_symbol, has_array, places, first = False, False, set(), None
    for value in arrays_in(args):
        if isinstance(value, Symbol):
            has_symbol = True
        else:
            has_array = True
            place = value.context
            first = place if first is None else first
            places.add(place)
    return has_symbol, has_array, places, first
