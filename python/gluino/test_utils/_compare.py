"""Whether numbers are as expected: tolerances by type, comparisons, and what they say."""

import numbers

import numpy as np

from ..context import num_gpus
from ..ndarray import NDArray

_TYPES = ("float16", "float32", "float64", "bool", "int8", "uint8", "int32", "uint32", "int64",
          "uint64")


def _per_type(*floats):
    values = floats + (0,) * (len(_TYPES) - len(floats))
    return {np.dtype(name): value for name, value in zip(_TYPES, values)}


def default_rtols():
    """Relative tolerances by type, a dictionary."""
    return _per_type(1e-2, 1e-4, 1e-5)


def default_atols():
    """Absolute tolerances by type, a dictionary."""
    return _per_type(1e-1, 1e-3, 1e-20)


def default_numeric_eps():
    """By which step numeric gradients are taken, by type: a dictionary."""
    return {np.dtype("float16"): 2.0 ** -6, np.dtype("float32"): 2.0 ** -9,
            np.dtype("float64"): 2.0 ** -14}


def effective_dtype(dat):
    """The type in which an array was computed, an object np.dtype; float64 for numbers."""
    return np.dtype(getattr(dat, "dtype", np.float64))


def get_tolerance(dat, tol, default_tol):
    """`tol` if it is a number; else what it, or `default_tol`, says for the type of `dat`."""
    if isinstance(tol, numbers.Number):
        return tol
    dtype = effective_dtype(dat)
    return (tol or {}).get(dtype, default_tol[dtype])


def get_tols(x, y, rtol, atol):
    """The relative and absolute tolerance with which `x` and `y` are compared: those of the less
    exact type where they are None."""
    return (max(get_tolerance(one, rtol, default_rtols()) for one in (x, y)),
            max(get_tolerance(one, atol, default_atols()) for one in (x, y)))


def get_rtol(rtol=None, dtype=np.dtype("float64")):
    """`rtol`, or the one for a type."""
    return default_rtols()[np.dtype(dtype)] if rtol is None else rtol


def get_atol(atol=None, dtype=np.dtype("float64")):
    """`atol`, or the one for a type."""
    return default_atols()[np.dtype(dtype)] if atol is None else atol


def get_etol(etol=None):
    """Which share of numbers may be wrong: `etol`, or none."""
    return 0 if etol is None else etol


def to_numpy(value):
    """A NumPy array of an array, or of anything that NumPy makes one of."""
    return value.asnumpy() if isinstance(value, NDArray) else np.asarray(value)


def same(a, b):
    """Whether two arrays have the same shape and elements."""
    return np.array_equal(to_numpy(a), to_numpy(b))


def checkShapes(a, b):
    """Raises AssertionError unless two arrays have the same shape."""
    if a.shape != b.shape:
        raise AssertionError(_message(a, b, f"a.shape = {a.shape} and b.shape = {b.shape} "
                                            "are not equal", ("ACTUAL", "DESIRED")))


def _message(a, b, what, names):
    return (f"\nItems are not equal:\n{what}\n"
            f" {names[0]}: {to_numpy(a)!r}\n {names[1]}: {to_numpy(b)!r}")


def locationError(a, b, index, names, maxError=False):
    """A text that says where two arrays differ, and what they hold there."""
    kind = "maximum error" if maxError else "error"
    return (f"Location of {kind}: {tuple(int(i) for i in index)}, {names[0]}={a[index]:.8f}, "
            f"{names[1]}={b[index]:.8f}")


def _violations(a, b, rtol, atol, equal_nan):
    # How many times what is allowed the difference is; where that is no number, endless.
    with np.errstate(all="ignore"):
        far = np.abs(a - b) / (atol + rtol * np.abs(b) + 1e-20)
    far = np.where(np.isclose(a, b, rtol=rtol, atol=atol, equal_nan=equal_nan), 0, far)
    return np.where(np.isnan(far), np.inf, far)


def _as_numbers(value):
    value = to_numpy(value)
    return value if value.dtype.kind in "iub" else value.astype(np.float64)


def _broadcast(a, b):
    a, b = np.broadcast_arrays(_as_numbers(a), _as_numbers(b))
    if "b" in (a.dtype.kind, b.dtype.kind):
        return a.astype(np.int64), b.astype(np.int64)
    return a, b


def _describe_errors(a, b, rtol, atol, names, equal_nan, mismatches):
    far = _violations(a, b, rtol, atol, equal_nan)
    order = np.argsort(-far, axis=None, kind="stable")
    wrong = int(np.count_nonzero(far))
    worst = np.unravel_index(order[0], far.shape)
    lines = [f"Error {far[worst]:f} exceeds tolerance rtol={rtol:e}, atol={atol:e} "
             f"(mismatch {100 * wrong / far.size:f}%).", locationError(a, b, worst, names, True)]
    for place, flat in enumerate(order[:min(wrong, mismatches[0])], 1):
        index = np.unravel_index(flat, far.shape)
        lines.append(f"  {place}: Error {far[index]:f}  {locationError(a, b, index, names)}")
    return "\n".join(lines)


def almost_equal(a, b, rtol=None, atol=None, equal_nan=False, use_broadcast=True):
    """Whether |a - b| <= atol + rtol |b| for all elements."""
    if not use_broadcast:
        checkShapes(a, b)
    rtol, atol = get_tols(a, b, rtol, atol)
    left, right = _broadcast(a, b)
    return np.allclose(left, right, rtol=rtol, atol=atol, equal_nan=equal_nan)


def assert_almost_equal(a, b, rtol=None, atol=None, names=("a", "b"), equal_nan=False,
                        use_broadcast=True, mismatches=(10, 10)):
    """Raises AssertionError unless |a - b| <= atol + rtol |b| for all elements; it says where they
    differ, the first ``mismatches[0]`` places. `a` and `b`, arrays or numbers, are called `names`.
    Without `rtol` and `atol` they follow from the types."""
    assert_almost_equal_with_err(a, b, rtol, atol, 0, names, equal_nan, mismatches, use_broadcast)


def assert_almost_equal_with_err(a, b, rtol=None, atol=None, etol=None, names=("a", "b"),
                                 equal_nan=False, mismatches=(10, 10), use_broadcast=True):
    """The same, where the share `etol` of the elements may differ."""
    if not use_broadcast:
        checkShapes(a, b)
    rtol, atol = get_tols(a, b, rtol, atol)
    left, right = _broadcast(a, b)
    wrong = ~np.isclose(left, right, rtol=rtol, atol=atol, equal_nan=equal_nan)
    if np.count_nonzero(wrong) <= get_etol(etol) * wrong.size:
        return
    what = _describe_errors(left, right, rtol, atol, names, equal_nan, mismatches)
    raise AssertionError(_message(a, b, what, ("ACTUAL", "DESIRED")))


def assert_allclose(a, b, rtol=1e-07, atol=0, equal_nan=True):
    """assert_almost_equal with numpy.testing's tolerances."""
    assert_almost_equal(a, b, rtol=rtol, atol=atol, equal_nan=equal_nan)


def assert_almost_equal_ignore_nan(a, b, rtol=None, atol=None, names=("a", "b")):
    """The same, where elements that are no number in one of them do not count."""
    left, right = np.copy(to_numpy(a)), np.copy(to_numpy(b))
    nan = np.logical_or(np.isnan(left), np.isnan(right))
    left[nan] = right[nan] = 0
    assert_almost_equal(left, right, rtol, atol, names)


def compare_ndarray_tuple(t1, t2, rtol=None, atol=None):
    """assert_almost_equal of arrays in tuples of tuples, which may hold None."""
    if t1 is None or t2 is None:
        return
    if isinstance(t1, tuple):
        for one, other in zip(t1, t2):
            compare_ndarray_tuple(one, other, rtol, atol)
    else:
        assert_almost_equal(t1, t2, rtol=rtol, atol=atol)


def same_array(array1, array2):
    """Whether two arrays are the same memory: a change of one is seen in the other."""
    if not same(array1, array2):
        return False
    array1[:] += 1
    is_same = same(array1, array2)
    array1[:] -= 1
    return is_same


def list_gpus():
    """The numbers of the GPUs, a range."""
    return range(num_gpus())
