"""Products of matrices and of arrays as such."""
import numpy as onp

from ._call import (ArgumentError, axes_in, broadcast, call, cast, checked, common_shape,
                    filled_like, give, is_number, is_real, kind, promoted, shaped)
from .shaping import moveaxis, transpose


def _operands(a, b, where):
    a, b = promoted(checked(a, where), checked(b, where))
    if kind(a) == "b":  # Sums of truths would be counts.
        a, b = cast(a, onp.int64), cast(b, onp.int64)
    return a, b


def _dot(a, b):
    """The last axis of a with the first of b; the result may have no axes."""
    return shaped(call("dot", a, b), a.shape[:-1] + b.shape[1:])


def dot(a, b, out=None):
    """Sums of products over the last axis of a and the last but one of b, the only one of a row.
    An array of no axes is a factor. ValueError where the sizes differ."""
    if is_number(a) or is_number(b):
        return give(a * b, out)
    a, b = _operands(a, b, "dot")
    if not a.ndim or not b.ndim:
        return give(a * b, out)
    along = 0 if b.ndim == 1 else b.ndim - 2
    _check_inner(a, b, along, "dot")
    return give(_dot(a, moveaxis(b, along, 0) if along else b), out)


def _check_inner(a, b, along, where):
    if a.shape[-1] != b.shape[along]:
        raise ArgumentError(f"mx.np.{where}: shapes {a.shape} and {b.shape} do not fit: "
                         f"{a.shape[-1]} and {b.shape[along]}")


def matmul(a, b, out=None, **kwargs):
    """The product of matrices: those of the last two axes, the others broadcast together. A row
    counts as a matrix of one row (a) or column (b). ValueError for arrays of no axes."""
    if kwargs:
        raise NotImplementedError(f"mx.np.matmul: the options {', '.join(kwargs)}")
    a, b = _operands(a, b, "matmul")
    if not a.ndim or not b.ndim:
        raise ArgumentError("mx.np.matmul: arrays of no axes are no matrices; use `*`")
    _check_inner(a, b, max(0, b.ndim - 2), "matmul")
    if b.ndim <= 2:
        return give(_dot(a, b), out)
    if not is_real(a):
        return give(call("_npi_matmul", a, b), out)
    row = a.ndim == 1
    if row:
        a = shaped(a, (1,) + a.shape)
    lead = common_shape(a.shape[:-2], b.shape[:-2])
    count = int(onp.prod(lead, dtype=onp.int64))
    left = shaped(broadcast(a, lead + a.shape[-2:]), (count,) + a.shape[-2:])
    right = shaped(broadcast(b, lead + b.shape[-2:]), (count,) + b.shape[-2:])
    result = shaped(call("batch_dot", left, right), lead + (a.shape[-2], b.shape[-1]))
    return give(shaped(result, lead + (b.shape[-1],)) if row else result, out)


def inner(a, b):
    """Sums of products over the last axes of both."""
    if is_number(a) or is_number(b):
        return a * b
    a, b = _operands(a, b, "inner")
    if not a.ndim or not b.ndim:
        return a * b
    _check_inner(a, b, -1, "inner")
    return _dot(a, moveaxis(b, -1, 0) if b.ndim > 1 else b)


def outer(a, b):
    """The products of each element of a with each of b, both laid flat."""
    a, b = promoted(checked(a, "outer"), checked(b, "outer"))
    return shaped(a, (a.size, 1)) * shaped(b, (1, b.size))


def vdot(a, b):
    """The sum of the products of the elements of both, laid flat."""
    a, b = _operands(a, b, "vdot")
    if a.size != b.size:
        raise ArgumentError(f"mx.np.vdot: {a.size} and {b.size} elements do not fit")
    if a.shape == b.shape:
        return tensordot(a, b, a.ndim)
    return _dot(shaped(a, (a.size,)), shaped(b, (b.size,)))


def tensordot(a, b, axes=2):
    """Sums of products over pairs of axes: the last of a with the first of b, so many, or those
    that two rows name."""
    a, b = _operands(a, b, "tensordot")
    if is_number(axes):
        left = tuple(range(a.ndim - axes, a.ndim))
        right = tuple(range(axes))
    else:
        left = axes_in(axes[0], a.ndim, "tensordot")
        right = axes_in(axes[1], b.ndim, "tensordot")
    if len(left) != len(right) or any(a.shape[i] != b.shape[j] for i, j in zip(left, right)):
        raise ArgumentError(f"mx.np.tensordot: the axes {axes} of {a.shape} and {b.shape} do not fit")
    return call("_npi_tensordot", a, b, a_axes_summed=left, b_axes_summed=right)


def kron(a, b):
    """Each element of a times the whole of b, side by side."""
    return call("_npi_kron", checked(a, "kron"), checked(b, "kron"))


def cross(a, b, axisa=-1, axisb=-1, axisc=-1, axis=None):
    """The vector at right angles to two in space, or of two in the plane the number that is its
    third; a vector in the plane beside one in space has a third of 0."""
    if axis is not None:
        axisa = axisb = axisc = axis
    return call("_npi_cross", checked(a, "cross"), checked(b, "cross"), axisa=axisa, axisb=axisb,
                axisc=axisc)


def polyval(p, x):
    """The polynomial with these coefficients, that of the highest power first, at x."""
    p, x = promoted(checked(p, "polyval"), checked(x, "polyval"))
    result = filled_like(x, 0)
    for i in range(p.shape[0]):
        result = result * x + p[i]
    return result


__all__ = ["cross", "dot", "inner", "kron", "matmul", "outer", "polyval", "tensordot", "vdot"]
