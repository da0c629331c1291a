"""Which operators of the registry the functions of `mx.np` and `mx.sym.np` are, with NumPy's names
and parameters. Both faces make their functions of these rows."""
import ast
import inspect
from typing import NamedTuple

from .. import _core
from ._call import ArgumentError


class Row(NamedTuple):
    """A function: what it is called, its operator, its parameters as NumPy has them, of which those
    for the operator's inputs come first, and what it does."""

    name: str
    op: str
    parameters: str
    doc: str


REDUCTIONS = [Row(*row) for row in [
    ("sum", "_np_sum", "a, axis=None, dtype=None, keepdims=False, initial=None, out=None",
     "The sum over `axis`, a number or a tuple of them; None is all. bool counts in int64, other "
     "types in their own unless `dtype` says another. `initial` is added."),
    ("prod", "_np_prod", "a, axis=None, dtype=None, out=None, keepdims=False, initial=None",
     "The product over `axis`, with the types of sum()."),
    ("mean", "_npi_mean", "a, axis=None, dtype=None, out=None, keepdims=False",
     "The mean over `axis`; of whole numbers in float32, unless `dtype` says another type."),
    ("var", "_npi_var", "a, axis=None, dtype=None, out=None, ddof=0, keepdims=False",
     "The mean squared distance from the mean over `axis`; divided by the count less `ddof`."),
    ("std", "_npi_std", "a, axis=None, dtype=None, out=None, ddof=0, keepdims=False",
     "The square root of var()."),
    ("max", "_np_max", "a, axis=None, keepdims=False, out=None, initial=None",
     "The largest element over `axis`. NaN is passed on."),
    ("min", "_np_min", "a, axis=None, keepdims=False, out=None, initial=None",
     "The smallest element over `axis`. NaN is passed on."),
    ("all", "_np_all", "a, axis=None, keepdims=False, out=None",
     "True where no element over `axis` is 0."),
    ("any", "_np_any", "a, axis=None, keepdims=False, out=None",
     "True where an element over `axis` is not 0."),
    ("argmax", "_npi_argmax", "a, axis=None, out=None, keepdims=False",
     "The place of the first largest element, int64: along `axis`, or in the array laid flat."),
    ("argmin", "_npi_argmin", "a, axis=None, out=None, keepdims=False",
     "The place of the first smallest element, int64: along `axis`, or in the array laid flat."),
    ("trace", "_np_trace", "a, offset=0, axis1=0, axis2=1, out=None", "The sum of a diagonal."),
]]

DIAGONALS = [Row(*row) for row in [
    ("diag", "_np_diag", "array, k=0",
     "Of a row, the matrix with it on a diagonal; of a matrix, that diagonal."),
    ("diagflat", "_np_diagflat", "array, k=0",
     "A matrix with the elements, laid flat, on the diagonal that is k to the right."),
    ("diagonal", "_np_diagonal", "a, offset=0, axis1=0, axis2=1",
     "The diagonal of two axes that is `offset` to the right, as the last axis."),
    ("tril", "_npi_tril", "m, k=0",
     "The elements on and below the diagonal that is k to the right; 0 above."),
    ("triu", "_npi_triu", "m, k=0",
     "The elements on and above the diagonal that is k to the right; 0 below."),
]]

# What moves elements: mx.np has them of operators that make no copy more; symbols know no shapes.
MOVEMENTS = [Row(*row) for row in [
    ("broadcast_to", "_npi_broadcast_to", "array, shape", "The array repeated to a shape."),
    ("copy", "_np_copy", "a, out=None", "A copy."),
    ("diag_indices_from", "_npi_diag_indices_from", "arr", "The places of the diagonal."),
    ("expand_dims", "expand_dims", "a, axis", "A new axis of size 1."),
    ("moveaxis", "_np_moveaxis", "a, source, destination", "Axes moved to other places."),
    ("reshape", "_np_reshape", "a, newshape, order='C', out=None",
     "The same elements under another shape; -1 stands for the size that fits."),
    ("roll", "_np_roll", "a, shift, axis=None", "The elements moved around along axes."),
    ("rot90", "_npi_rot90", "m, k=1, axes=(0, 1)", "Turned by k quarters."),
    ("rollaxis", "_npi_rollaxis", "a, axis, start=0", "An axis moved before place `start`."),
    ("squeeze", "_np_squeeze", "a, axis=None, out=None", "Without axes of size 1."),
    ("transpose", "_np_transpose", "a, axes=None", "The axes in reverse order, or in this one."),
]]

# Of several arrays, given in a row: the operator, and its option for the axis, if it has one.
JOINTS = {
    "column_stack": ("_npi_column_stack", None), "concatenate": ("_npi_concatenate", "axis"),
    "dstack": ("_npi_dstack", None), "hstack": ("_npi_hstack", None),
    "row_stack": ("_npi_vstack", None), "stack": ("_npi_stack", "axis"),
    "vstack": ("_npi_vstack", None),
}

# What mx.np has more of than its operator does.
OTHERS = [Row(*row) for row in [
    ("around", "_npi_around", "x, decimals=0, out=None", "Rounded; halves to the even neighbour."),
    ("cumsum", "_np_cumsum", "a, axis=None, dtype=None, out=None",
     "The sums of the elements so far along `axis`; None takes the array as one row."),
    ("diff", "_npi_diff", "a, n=1, axis=-1", "The differences of neighbours, taken n times."),
    ("cross", "_npi_cross", "a, b, axisa=-1, axisb=-1, axisc=-1",
     "The vectors at right angles to two in space."),
    ("dot", "_np_dot", "a, b, out=None", "Sums of products over the last axis of a and of b."),
    ("kron", "_npi_kron", "a, b", "Each element of a times the whole of b, side by side."),
    ("matmul", "_npi_matmul", "a, b, out=None", "The product of matrices."),
    ("nan_to_num", "_npi_nan_to_num", "x, copy=True, nan=0.0, posinf=None, neginf=None",
     "Numbers in place of NaN and the infinities."),
    ("polyval", "_npi_polyval", "p, x", "The polynomial with these coefficients at x."),
    ("unique", "_npi_unique",
     "ar, return_index=False, return_inverse=False, return_counts=False, axis=None",
     "The different elements in order, or parts along `axis`."),
]]

LINALG = [Row(*row) for row in [
    ("cholesky", "_npi_cholesky", "a",
     "The lower triangular factors of positive definite matrices (..., N, N)."),
    ("eig", "_npi_eig", "a",
     "Eigenvalues and eigenvectors, as columns, of matrices (..., N, N) that have real ones; "
     "LinAlgError for others, since there are no complex arrays. No gradient, as in MXNet."),
    ("eigh", "_npi_eigh", "a, UPLO='L'",
     "Eigenvalues, rising, and eigenvectors, as columns, of symmetric matrices, of which the lower "
     "(L) or upper (U) triangle is read."),
    ("eigvals", "_npi_eigvals", "a", "The eigenvalues that eig() gives."),
    ("eigvalsh", "_npi_eigvalsh", "a, UPLO='L'", "The eigenvalues that eigh() gives."),
    ("det", "_npi_det", "a", "The determinants of matrices (..., N, N)."),
    ("inv", "_linalg_inverse", "a", "The inverses of matrices (..., N, N)."),
    ("slogdet", "_npi_slogdet", "a",
     "Signs of determinants, and logarithms of their magnitudes."),
    ("qr", "_npi_qr", "a",
     "q and r of matrices (..., M, N), a = q r, the columns of q orthonormal, r 0 below its "
     "diagonal."),
    ("solve", "_npi_solve", "a, b", "x with a x = b, for matrices a (..., N, N)."),
    ("svd", "_npi_svd", "a",
     "Matrices (..., M, N), M <= N, as (U, L, V): orthonormal U (..., M, M), singular values, "
     "falling, and V (..., M, N) of orthonormal rows, a = U diag(L) V, as in MXNet."),
    ("tensorinv", "_npi_tensorinv", "a, ind=2",
     "The inverse of an array taken as a matrix whose rows are the first `ind` axes."),
]]


# Of each element; whole numbers become real ones where they must.
UNARY = {
    **{name: f"_npi_{name}" for name in (
        "absolute", "arccos", "arccosh", "arcsin", "arcsinh", "arctan", "arctanh", "bitwise_not",
        "cbrt", "ceil", "cos", "cosh", "degrees", "exp", "expm1", "fix", "floor", "isfinite",
        "isinf", "isnan", "isneginf", "isposinf", "log", "log10", "log1p", "log2", "logical_not",
        "negative", "radians", "reciprocal", "rint", "sign", "sin", "sinh", "sqrt", "square",
        "tan", "tanh", "trunc")},
    "abs": "_npi_absolute", "fabs": "_npi_absolute", "deg2rad": "_npi_radians",
    "invert": "_npi_bitwise_not", "ones_like": "ones_like", "rad2deg": "_npi_degrees",
    "zeros_like": "zeros_like",
}

# Of two operands: operators for two arrays, for an array and a number, for a number and an array.
BINARY = {
    name: (both or f"_npi_{stem}", f"_npi_{stem}_scalar", left or f"_npi_{stem}_scalar", doc)
    for name, stem, both, left, doc in [
        ("add", "add", None, None, "a + b."),
        ("subtract", "subtract", None, "_npi_rsubtract_scalar", "a - b."),
        ("multiply", "multiply", None, None, "a * b."),
        ("divide", "true_divide", None, "_npi_rtrue_divide_scalar",
         "a / b, of whole numbers too a real number."),
        ("true_divide", "true_divide", None, "_npi_rtrue_divide_scalar", "a / b, as divide."),
        ("mod", "mod", None, "_npi_rmod_scalar", "The rest of a / b, signed as b."),
        ("remainder", "mod", None, "_npi_rmod_scalar", "The rest of a / b, signed as b."),
        ("power", "power", None, "_npi_rpower_scalar", "a to the power b."),
        ("equal", "equal", None, None, "True where a == b."),
        ("not_equal", "not_equal", None, None, "True where a != b."),
        ("less", "less", None, "_npi_greater_scalar", "True where a < b."),
        ("less_equal", "less_equal", None, "_npi_greater_equal_scalar", "True where a <= b."),
        ("greater", "greater", None, "_npi_less_scalar", "True where a > b."),
        ("greater_equal", "greater_equal", None, "_npi_less_equal_scalar", "True where a >= b."),
        ("floor_divide", "floor_divide", None, "_npi_rfloor_divide_scalar",
         "a / b cut off towards minus infinity."),
        ("fmax", "fmax", None, None, "The larger one; a number beside NaN."),
        ("fmin", "fmin", None, None, "The smaller one; a number beside NaN."),
        ("fmod", "fmod", None, "_npi_rfmod_scalar", "The rest of a / b, signed as a."),
        ("logaddexp", "logaddexp", None, None, "log(exp(a) + exp(b))."),
        ("logical_and", "logical_and", None, None, "True where neither is 0."),
        ("logical_or", "logical_or", None, None, "True where one is not 0."),
        ("logical_xor", "logical_xor", None, None, "True where exactly one is not 0."),
        ("maximum", "maximum", "broadcast_maximum", None, "The larger one."),
        ("minimum", "minimum", "broadcast_minimum", None, "The smaller one."),
        ("hypot", "hypot", None, None, "sqrt(a**2 + b**2)."),
        ("arctan2", "arctan2", None, "_npi_rarctan2_scalar",
         "The angle of the point (b, a) in [-pi, pi]."),
        ("copysign", "copysign", None, "_npi_rcopysign_scalar", "a with the sign of b."),
        ("ldexp", "ldexp", None, "_npi_rldexp_scalar", "a * 2**b."),
        ("gcd", "gcd", None, None, "The greatest common divisor of whole numbers."),
        ("lcm", "lcm", None, None, "The least common multiple of whole numbers."),
        ("bitwise_and", "bitwise_and", None, None, "The bits that both have; of bool, `and`."),
        ("bitwise_or", "bitwise_or", None, None, "The bits that one has; of bool, `or`."),
        ("bitwise_xor", "bitwise_xor", None, None, "The bits that only one has."),
        ("bitwise_left_shift", "bitwise_left_shift", None, "_npi_rbitwise_left_shift_scalar",
         "a * 2**b of whole numbers, without the bits that do not fit."),
        ("bitwise_right_shift", "bitwise_right_shift", None, "_npi_rbitwise_right_shift_scalar",
         "a / 2**b of whole numbers, rounded down."),
    ]
}


def norm_options(ndim, ord, axis, keepdims):  # pylint: disable=redefined-builtin
    """Those of _npi_norm for NumPy's `ord` and `axis`; `ndim` may be unknown, None, where all axes
    are meant."""
    if ord is None and axis is None:
        return {"ord": 2.0, "keepdims": bool(keepdims), "flag": -2}
    if axis is None:
        axis = (-1,) if ndim == 1 else (-2, -1) if ndim == 2 else tuple(range(ndim or 0))
    axes = tuple(axis) if isinstance(axis, (tuple, list)) else (axis,)
    named = {None: 1, "f": 1, "fro": 1, "nuc": 2}
    if ord in ("inf", "-inf"):
        ord = float(ord)
    if isinstance(ord, str) and (ord not in named or len(axes) != 2):
        raise ArgumentError(f"mx.np.linalg.norm: there is no norm {ord!r} along {len(axes)} axes")
    flag = named.get(ord, -1) if ord is None or isinstance(ord, str) else -1
    return {"ord": 2.0 if flag != -1 else float(ord), "axis": axes, "keepdims": bool(keepdims),
            "flag": flag}


def least_squares_options(rcond):
    """Those of _npi_lstsq for NumPy's `rcond`, which MXNet has a word for where it is not said."""
    return {"new_default": True} if rcond is None or rcond == "warn" else {"rcond": rcond}


def _parts(row):
    """Names of the arrays, and of the options with what need not be sent: None or False, where it
    is the operator's default too."""
    arguments = ast.parse(f"def f({row.parameters}): pass").body[0].args
    names = [argument.arg for argument in arguments.args]
    defaults = [None] * (len(names) - len(arguments.defaults)) + arguments.defaults
    info = _core.describe_operator(row.op)
    count = len(info["inputs"])
    usual = {field["name"]: field["default"] for field in info["fields"]}
    options = {name: ast.unparse(default) if default else "" for name, default in
               zip(names[count:], defaults[count:])}
    return names[:count], {name: default if default == usual.get(name) and default in (
        "None", "False") else None for name, default in options.items() if name != "out"}


def functions_of(rows, call, module, named=False):
    """A function per row, by its name: call(op, arrays, options, out) computes it, with the node's
    name behind where the functions are `named`."""
    made = {}
    for row in rows:
        arrays, options = _parts(row)
        name = ", name=None" if named else ""
        lines = [f"def {row.name}({row.parameters}{name}):", "    options = {}"]
        for option, unsent in options.items():
            condition = f"if {option} is not {unsent}: " if unsent else ""
            lines.append(f"    {condition}options[{option!r}] = {option}")
        out = f"{'out' if 'out=' in row.parameters else None}{', name' if named else ''}"
        lines.append(f"    return _call({row.op!r}, ({', '.join(arrays)},), options, {out})")
        space = {"_call": call, "__name__": module}
        exec(compile("\n".join(lines), __file__, "exec"), space)  # pylint: disable=exec-used
        made[row.name] = space[row.name]
        made[row.name].__doc__ = inspect.cleandoc(row.doc)
    return made
