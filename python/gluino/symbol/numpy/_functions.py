"""Functions of mx.sym.np, most of them rows of the table that mx.np is made of."""
import numpy as onp

from ... import _core
from ..._operators import SYM_NP
from ...numpy._call import whole
from ...numpy._table import (BINARY, DIAGONALS, JOINTS, MOVEMENTS, OTHERS, REDUCTIONS, UNARY,
                             functions_of)
from ..symbol import _METHODS as METHODS
from ._symbol import _Symbol, call, compute, is_number, of_two

globals().update(functions_of([*REDUCTIONS, *DIAGONALS, *MOVEMENTS, *OTHERS], compute, __name__,
                              named=True))


def _of_one(called, op):
    def function(x, out=None, name=None, **kwargs):
        return call(op, x, name=name)

    return _named(function, called)


def _of_two(called):
    def function(x1, x2, out=None, name=None, **kwargs):
        return of_two(called, x1, x2, name)

    return _named(function, called)


def _joined(called, op, option):
    def function(arrays, axis=0, out=None, name=None):
        return call(op, *arrays, name=name, **({option: axis} if option else {}))

    return _named(function, called)


def _at_least(called):
    def function(*arys):
        nodes = [call(f"_np_{called}", symbol, num_args=1) for symbol in arys]
        return nodes[0] if len(nodes) == 1 else nodes

    return _named(function, called)


def _named(function, name):
    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"A node that computes mx.np.{name}."
    return function


globals().update({name: _of_one(name, op) for name, op in UNARY.items()})
globals().update({name: _of_two(name) for name in BINARY})
globals().update({name: _at_least(name) for name in ("atleast_1d", "atleast_2d", "atleast_3d")})
globals().update({name: _joined(name, *joint) for name, joint in JOINTS.items()})
amax, amin, product, sometrue = max, min, prod, any  # noqa: F821
pow, round, round_ = power, around, around  # noqa: F821


def concatenate(seq, axis=0, out=None, name=None):
    """A node that joins symbols along an axis; None lays each flat first."""
    if axis is None:
        seq, axis = [ravel(a) for a in seq], 0
    return call("_npi_concatenate", *seq, axis=axis, name=name)


def append(arr, values, axis=None, name=None):
    """A node that joins two symbols."""
    return concatenate([arr, values], axis, name=name)


def ravel(x, order="C", name=None):
    """A node with the elements in one axis."""
    return call("_np_reshape", x, newshape=(-1,), order=order, name=name)


def swapaxes(a, axis1, axis2, name=None):
    """A node with two axes exchanged."""
    return call("SwapAxis", a, dim1=axis1, dim2=axis2, name=name)


def flip(m, axis=None, out=None, name=None):
    """A node with the elements in reverse order along axes, along all of them unless told."""
    if axis is None:
        return call("reshape_like", call("_npi_flip", ravel(m), axis=0), m, name=name)
    return call("_npi_flip", m, axis=axis, name=name)


def fliplr(m, name=None):
    """A node with the columns in reverse order."""
    return call("_npi_flip", m, axis=1, name=name)


def flipud(m, name=None):
    """A node with the rows in reverse order."""
    return call("_npi_flip", m, axis=0, name=name)


def clip(a, a_min, a_max, out=None, name=None):
    """A node with each element brought into a range."""
    if a_min is None and a_max is None:
        raise ValueError("mx.sym.np.clip: a_min and a_max cannot both be None")
    low, high = (-onp.inf if a_min is None else a_min), (onp.inf if a_max is None else a_max)
    return call("clip", a, a_min=float(low), a_max=float(high), name=name)


def split(ary, indices_or_sections, axis=0, name=None):
    """A symbol of several outputs, the parts of an axis: so many, or cut at the places given."""
    if is_number(indices_or_sections):
        return call("_split_v2", ary, axis=axis, indices=(), sections=indices_or_sections,
                    name=name)
    return call("_split_v2", ary, axis=axis, indices=(0, *indices_or_sections), name=name)


def array_split(ary, indices_or_sections, axis=0, name=None):
    """split() into parts of nearly one size."""
    return split(ary, indices_or_sections, axis, name=name)


def vsplit(ary, indices_or_sections, name=None):
    """split() along the first axis."""
    return split(ary, indices_or_sections, 0, name=name)


def hsplit(ary, indices_or_sections, name=None):
    """split() along the second axis; of a row along the first."""
    return _split_along("_npi_hsplit", ary, indices_or_sections, name=name)


def dsplit(ary, indices_or_sections, name=None):
    """split() along the third axis."""
    return _split_along("_npi_dsplit", ary, indices_or_sections, name=name)


def _split_along(op, ary, indices_or_sections, name):
    if is_number(indices_or_sections):
        return call(op, ary, indices=(), sections=indices_or_sections, name=name)
    return call(op, ary, indices=(0, *indices_or_sections), name=name)


def tile(A, reps, name=None):
    """A node that repeats along each axis."""
    return call("tile", A, reps=(reps,) if is_number(reps) else tuple(reps), name=name)


def repeat(a, repeats, axis=None, name=None):
    """A node that repeats each element."""
    return call("_np_repeat", a, repeats=repeats, axis=axis, name=name)


def take(a, indices, axis=None, mode="raise", out=None, name=None):
    """A node that takes the elements at places."""
    data, axis = (ravel(a), 0) if axis is None else (a, axis)
    return call("take", data, indices, axis=axis, mode=mode, name=name)


def where(condition, x, y, name=None):
    """A node that chooses of two symbols, or numbers, all broadcast together."""
    if is_number(x) and is_number(y):
        return call("_npi_where_scalar2", condition, x=float(x), y=float(y), name=name)
    if is_number(x):
        return call("_npi_where_lscalar", condition, y, scalar=float(x), name=name)
    if is_number(y):
        return call("_npi_where_rscalar", condition, x, scalar=float(y), name=name)
    return call("_npi_where", condition, x, y, name=name)


def resize(a, new_shape, name=None):
    """A node with the elements, repeated or cut off, under another shape."""
    new_shape = (new_shape,) if is_number(new_shape) else tuple(new_shape)
    places = arange(int(onp.prod(new_shape, dtype=onp.int64)), dtype="int64")
    return call("_np_reshape", call("take", ravel(a), places, axis=0, mode="wrap"),
                newshape=new_shape, name=name)


def histogram(a, bins=10, range=None, normed=None, weights=None, density=None, name=None):
    """A symbol of two outputs: how many elements fall between neighbouring edges, and the edges.
    `bins` is their number, within `range`, or a symbol of the edges. Weights and densities are
    NotImplementedError, as in MXNet."""
    if weights is not None or density or normed:
        raise NotImplementedError("mx.sym.np.histogram: weights, density and normed")
    if not is_number(bins):
        return call("_histogram", a, bins, name=name)
    if range is None:
        raise NotImplementedError("mx.sym.np.histogram: say the range of the bins")
    return call("_histogram", a, bin_cnt=whole(bins, "histogram: bins"), range=tuple(range),
                name=name)


def bincount(x, weights=None, minlength=0, name=None):
    """A node with how often each whole number stands in a row, or with the sums of their weights. It
    cannot be bound, as the elements decide how many there will be."""
    symbols = (x,) if weights is None else (x, weights)
    return call("_npi_bincount", *symbols, minlength=minlength, has_weights=weights is not None,
                name=name)


def sort(a, axis=-1, kind=None, order=None, name=None):
    """A node with the elements along an axis in order."""
    return call("sort", a, axis=axis, name=name)


def argsort(a, axis=-1, kind=None, order=None, name=None):
    """A node with the places of the elements in their order, int64."""
    return call("_npi_argsort", a, axis=axis, dtype="int64", name=name)


def einsum(*operands, optimize=False, out=None, name=None):
    """A node that adds up products over letters: mx.np.einsum with a text."""
    return call("_npi_einsum", *operands[1:], subscripts=operands[0], optimize=int(bool(optimize)),
                name=name)


def tensordot(a, b, axes=2, name=None):
    """A node with sums of products over pairs of axes."""
    if is_number(axes):
        return call("_npi_tensordot_int_axes", a, b, axes=axes, name=name)
    left, right = ((part,) if is_number(part) else tuple(part) for part in axes)
    return call("_npi_tensordot", a, b, a_axes_summed=left, b_axes_summed=right, name=name)


def inner(a, b, name=None):
    """A node with sums of products over the last axes of both."""
    return tensordot(a, b, ([-1], [-1]), name=name)


def outer(a, b, name=None):
    """A node with the products of each element of a with each of b, both laid flat."""
    return tensordot(ravel(a), ravel(b), 0, name=name)


def vdot(a, b, name=None):
    """A node with the sum of the products of the elements of both, laid flat."""
    return tensordot(ravel(a), ravel(b), 1, name=name)


def percentile(a, q, axis=None, out=None, overwrite_input=None, interpolation="linear",
               keepdims=False, name=None):
    """A node with the element that stands at the share `q`, from 0 to 100, over axes."""
    options = {"axis": axis, "interpolation": interpolation, "keepdims": keepdims}
    if is_number(q):
        return call("_npi_percentile", a, q_scalar=float(q), **options, name=name)
    return call("_npi_percentile", a, q, **options, name=name)


def interp(x, xp, fp, left=None, right=None, period=None, name=None):
    """A node with the lines through the points (xp, fp) at x, a symbol or a number, in float64."""
    symbols = [call("Cast", array, dtype="float64") for array in (xp, fp)]
    options = {"left": left, "right": right, "period": period}
    if is_number(x):
        return call("_npi_interp", *symbols, x_scalar=x, x_is_scalar=True, name=name, **options)
    return call("_npi_interp", *symbols, call("Cast", x, dtype="float64"), name=name, **options)


def quantile(a, q, axis=None, out=None, overwrite_input=None, interpolation="linear",
             keepdims=False, name=None):
    """The same, with `q` from 0 to 1."""
    return percentile(a, q * 100, axis, out, overwrite_input, interpolation, keepdims, name=name)


def average(a, axis=None, weights=None, returned=False, out=None, name=None):
    """A node with the mean, weighted."""
    symbols = (a,) if weights is None else (a, weights)
    return call("_npi_average", *symbols, axis=axis, returned=returned,
                weighted=weights is not None, name=name)


def pad(x, pad_width, mode="constant", name=None, **kwargs):
    """A node with more around the array: a pair of widths for each axis."""
    return call("_npi_pad", x, pad_width=tuple(tuple(pair) for pair in pad_width), mode=mode,
                constant_value=kwargs.get("constant_values", 0),
                reflect_type=kwargs.get("reflect_type", "even"), name=name)


def full_like(a, fill_value, dtype=None, order="C", ctx=None, out=None, name=None):
    """A node of one number in the shape of another."""
    return call("_npi_full_like", a, fill_value=fill_value, dtype=dtype, name=name)


def empty_like(prototype, dtype=None, order="C", subok=False, shape=None, name=None):
    """A node of any numbers, here zeros, in the shape of another."""
    return full_like(prototype, 0, dtype, name=name)


def unravel_index(indices, shape, order="C", name=None):
    """A node with the places along each axis, a row for each, of places in arrays laid flat."""
    return call("_unravel_index", indices, shape=shape, name=name)


def ediff1d(ary, to_end=None, to_begin=None, name=None):
    """A node with the differences of neighbours, laid flat, between other numbers or symbols."""
    symbols, options = [ary], {}
    for option, given in (("to_begin", to_begin), ("to_end", to_end)):
        if is_number(given):
            options[f"{option}_scalar"] = given
        elif given is not None:
            symbols.append(given)
            options[f"{option}_arr_given"] = True
    return call("_npi_ediff1d", *symbols, name=name, **options)


def delete(arr, obj, axis=None, name=None):
    """A node without a place, or a slice of places, of an axis; None lays the array flat."""
    return call("_npi_delete", arr, axis=axis, name=name, **_places_of(obj, "delete"))


def insert(arr, obj, values, axis=None, name=None):
    """A node with a number, or a symbol's, before a place, or a slice of places, of an axis."""
    op = "_npi_insert_slice" if isinstance(obj, slice) else "_npi_insert_scalar"
    symbols, options = ((arr,), {"val": float(values)}) if is_number(values) else (
        (arr, values), {})
    return call(op, *symbols, axis=axis, name=name, **options, **_places_of(obj, "insert"))


def _places_of(obj, where):
    if is_number(obj):
        return {"int_ind": whole(obj, where)}
    if isinstance(obj, slice):
        return {part: getattr(obj, part) for part in ("start", "stop", "step")}
    raise NotImplementedError(f"mx.sym.np.{where}: places are a whole number or a slice; how many "
                              "there are in a symbol is not known")


def _created(called, op, first, **defaults):
    def function(*args, dtype=None, ctx=None, **kwargs):
        options = {**defaults, **dict(zip(first, args)), **kwargs}
        options.pop("order", None)
        return call(op, dtype=dtype, ctx=None if ctx is None else str(ctx), **options)

    return _named(function, called)


globals().update({name: _created(name, op, first) for name, op, first in [
    ("blackman", "_npi_blackman", ("M",)), ("eye", "_npi_eye", ("N", "M", "k")),
    ("hamming", "_npi_hamming", ("M",)), ("hanning", "_npi_hanning", ("M",)),
    ("indices", "_npi_indices", ("dimensions",)),
    ("linspace", "_linspace", ("start", "stop", "num", "endpoint")),
    ("logspace", "_npi_logspace", ("start", "stop", "num", "endpoint", "base")),
    ("ones", "_npi_ones", ("shape",)), ("tri", "_npi_tri", ("N", "M", "k")),
    ("zeros", "_npi_zeros", ("shape",))]})


def full(shape, fill_value, dtype=None, order="C", ctx=None, out=None, name=None):
    """A node of one number."""
    return call("_full", shape=shape, value=fill_value, dtype=dtype,
                ctx=None if ctx is None else str(ctx), name=name)


def identity(n, dtype=None, ctx=None, name=None):
    """A node of a matrix with 1 on its diagonal, 0 elsewhere."""
    return call("_npi_identity", shape=(n, n), dtype=dtype, ctx=None if ctx is None else str(ctx),
                name=name)


def arange(start, stop=None, step=1, dtype=None, ctx=None, name=None):
    """A node of the numbers from `start`, or 0, on."""
    start, stop = (0, start) if stop is None else (start, stop)
    return call("_npi_arange", start=start, stop=stop, step=step, dtype=dtype,
                ctx=None if ctx is None else str(ctx), name=name)


__all__ = [name for name, value in globals().items()
           if not name.startswith("_") and getattr(value, "__module__", None) == __name__]


def _add_methods():
    """What symbols of mx.sym have as methods, those of mx.sym.np have with NumPy's rules, or at
    least as nodes of their kind."""
    operators = {name: op for op, aliases in _core.operator_names() for name in (op, *aliases)}
    for name in [*METHODS, "expand_dims"]:
        if name in vars(_Symbol):
            continue
        if name in __all__:
            setattr(_Symbol, name, globals()[name])
        elif name in operators:
            setattr(_Symbol, name, _core.make_operator(operators[name], SYM_NP, name))


_add_methods()
