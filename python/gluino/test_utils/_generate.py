"""Arrays, shapes and matrices to test with, drawn by NumPy's generator, which tests seed."""

import numpy as np
from numpy import random as rnd

from .. import _core, ndarray as nd
from ..ndarray import array, csr_matrix


def _sizes(dims, allow_zero_size):
    low = 0 if allow_zero_size else 1
    return tuple(int(rnd.randint(low, dim + 1)) for dim in dims)


def rand_shape_2d(dim0=10, dim1=10, allow_zero_size=False):
    """A shape of two axes of at most `dim0` and `dim1`."""
    return _sizes((dim0, dim1), allow_zero_size)


def rand_shape_3d(dim0=10, dim1=10, dim2=10, allow_zero_size=False):
    """A shape of three axes of at most `dim0`, `dim1` and `dim2`."""
    return _sizes((dim0, dim1, dim2), allow_zero_size)


def rand_shape_nd(num_dim, dim=10, allow_zero_size=False):
    """A shape of `num_dim` axes of at most `dim`."""
    return _sizes((dim,) * num_dim, allow_zero_size)


def rand_coord_2d(x_low, x_high, y_low, y_high):
    """A pair of whole numbers below `x_high` and `y_high`."""
    return int(rnd.randint(x_low, x_high)), int(rnd.randint(y_low, y_high))


def _one_or_list(items):
    return items[0] if len(items) == 1 else items


def random_arrays(*shapes):
    """float32 arrays of NumPy's with normal numbers; a single one as itself."""
    return _one_or_list([np.asarray(rnd.randn(*shape)).astype(np.float32)[()]
                         for shape in shapes])


def random_uniform_arrays(*shapes, **kwargs):
    """The same of uniform numbers from `low` to `high`, in `dtype`."""
    low, high = kwargs.pop("low", 0.0), kwargs.pop("high", 1.0)
    dtype = kwargs.pop("dtype", np.float32)
    if kwargs:
        raise TypeError(f"expected low, high and dtype, got {sorted(kwargs)}")
    return [rnd.uniform(low, high, size=shape).astype(dtype) for shape in shapes]


def random_sample(population, k):
    """`k` elements of a list, in a random order."""
    return [population[i] for i in rnd.permutation(len(population))[:k]]


def rand_ndarray(shape, stype="default", density=None, dtype=None, modifier_func=None,
                 shuffle_csr_indices=False, distribution=None, ctx=None):
    """An array with normal numbers; a sparse one as rand_sparse_ndarray makes it."""
    if stype == "default":
        return array(random_arrays(shape), dtype=dtype, ctx=ctx)
    return rand_sparse_ndarray(shape, stype, density=density, modifier_func=modifier_func,
                               dtype=dtype, shuffle_csr_indices=shuffle_csr_indices,
                               distribution=distribution, ctx=ctx)[0]


def rand_sparse_ndarray(shape, stype, density=None, dtype=None, distribution=None, data_init=None,
                        rsp_indices=None, modifier_func=None, shuffle_csr_indices=False, ctx=None):
    """A row_sparse or csr array with uniform numbers, and a tuple of its parts: values and rows,
    or pointers, columns and values.

    Of rows, or of a matrix's elements, the share `density` is there; or the rows `rsp_indices`.
    `modifier_func` changes each number, `data_init` is the number that all are. With the
    `distribution` "powerlaw" row i of a matrix begins with 2^(i+1) elements, until all columns or
    the share are used up; each row has one at least, so that the share must be 2 per row or more.
    """
    if distribution == "powerlaw" and stype == "csr":
        result = _powerlaw(shape, density, dtype, ctx)
        return result, (result.indptr, result.indices, result.data)
    if distribution not in (None, "uniform"):
        raise ValueError(f"distribution of {stype}: expected None, 'uniform' or, of csr, "
                         f"'powerlaw', got {distribution!r}")
    density = rnd.rand() if density is None else density
    if not 0 <= density <= 1:
        raise ValueError(f"density: expected a number from 0 to 1, got {density}")
    values = rnd.uniform(size=shape) + 1e-3  # none of them is 0 by chance
    if data_init is not None:
        values.fill(data_init)
    if modifier_func is not None:
        values = assign_each(values, modifier_func)
    if stype == "row_sparse":
        there = np.zeros(shape[0], dtype=bool)
        if rsp_indices is None:
            there[rnd.rand(shape[0]) < density] = True
        else:
            there[np.asarray(rsp_indices, dtype=np.int64)] = True  # an empty list, too
        values *= there.reshape((-1,) + (1,) * (len(shape) - 1))
    elif stype == "csr":
        values *= rnd.rand(*shape) < density
    else:
        raise ValueError(f"stype: expected row_sparse or csr, got {stype!r}")
    result = array(values, dtype=dtype or np.float32, ctx=ctx).tostype(stype)
    if stype == "row_sparse":
        return result, (result.data.asnumpy(), result.indices.asnumpy())
    if shuffle_csr_indices:
        result = _shuffled(result)
    return result, (result.indptr, result.indices, result.data)


def _powerlaw(shape, density, dtype, ctx):
    rows, columns = shape
    total = int(rows * columns * (0.1 if density is None else density))
    if total < 2 * rows:
        raise ValueError(f"density of powerlaw: expected two elements per row of {shape}, got "
                         f"{density}")
    wanted = np.array([min(2 ** (i + 1), columns) - 1 for i in range(rows)], np.int64)
    used = np.minimum(np.cumsum(wanted), total - rows)  # beyond the first of each row
    counts = 1 + np.diff(used, prepend=0)
    starts = np.concatenate([[0], np.cumsum(counts)])
    indices = np.arange(starts[-1]) - np.repeat(starts[:-1], counts)
    values = 1 + rnd.uniform(0.001, 2, size=starts[-1])
    return csr_matrix((values, indices, starts), shape=shape, ctx=ctx, dtype=dtype or np.float32)


def _shuffled(csr):
    """The same matrix with the columns of each row out of order."""
    starts = csr.indptr.asnumpy()
    order = np.concatenate([np.zeros(0, np.int64)] + [begin + rnd.permutation(end - begin) for begin, end
                                                      in zip(starts[:-1], starts[1:])])
    order = order.astype(np.int64)
    return csr_matrix((csr.data.asnumpy()[order], csr.indices.asnumpy()[order], starts),
                      shape=csr.shape, ctx=csr.context, dtype=csr.dtype)


def create_sparse_array(shape, stype, data_init=None, rsp_indices=None, dtype=None,
                        modifier_func=None, density=0.5, shuffle_csr_indices=False):
    """A sparse array as rand_sparse_ndarray makes it."""
    return rand_sparse_ndarray(shape, stype, density=density, dtype=dtype, data_init=data_init,
                               rsp_indices=rsp_indices, modifier_func=modifier_func,
                               shuffle_csr_indices=shuffle_csr_indices)[0]


def create_sparse_array_zd(shape, stype, density, data_init=None, rsp_indices=None, dtype=None,
                           modifier_func=None, shuffle_csr_indices=False):
    """The same, where `density` 0 of a row_sparse array leaves no row but `rsp_indices`."""
    if stype == "row_sparse" and density == 0.0:
        rsp_indices = [] if rsp_indices is None else rsp_indices
    return create_sparse_array(shape, stype, data_init=data_init, rsp_indices=rsp_indices,
                               dtype=dtype, modifier_func=modifier_func, density=density,
                               shuffle_csr_indices=shuffle_csr_indices)


def shuffle_csr_column_indices(csr):
    """Shuffles the numbers of the columns within each row of a matrix of SciPy's, in place, but
    not its values, by the one seed, that of ``mx.random.seed``."""
    for begin, end in zip(csr.indptr[:-1], csr.indptr[1:]):
        order = np.arange(begin, end, dtype=np.int64)
        _core.io.shuffle(order)
        csr.indices[begin:end] = csr.indices[order]


def assign_each(the_input, function):
    """A copy of a NumPy array with `function`, unless None, of each element."""
    if function is None:
        return np.array(the_input)
    return np.vectorize(function, otypes=[np.asarray(the_input).dtype])(the_input)


def assign_each2(input1, input2, function):
    """The same with a function of the elements of two arrays."""
    if function is None:
        return np.array(input1)
    return np.vectorize(function, otypes=[np.asarray(input1).dtype])(input1, input2)


def create_2d_tensor(rows, columns, dtype=np.int64):
    """An array whose rows hold their numbers."""
    return array(np.tile(np.arange(rows)[:, np.newaxis], (1, columns)), dtype=dtype)


def create_2d_np_tensor(rows, columns, dtype=np.int64):
    """The same as an mx.np.ndarray."""
    return create_2d_tensor(rows, columns, dtype).as_np_ndarray()


def create_vector(size, dtype=np.int64):
    """An array of the numbers from 0 on."""
    return nd.arange(0, size, dtype=dtype)


def get_identity_mat(size):
    """The identity matrix of a size."""
    return array(np.eye(size))


def get_identity_mat_batch(size):
    """Two identity matrices of a size, as one array."""
    return array(np.stack([np.eye(size)] * 2))


def new_orthonormal_matrix_2d(n):
    """A random matrix of n x n whose inverse is its transpose."""
    return np.linalg.qr(rnd.randn(n, n))[0]


def new_matrix_with_real_eigvals_2d(n):
    """A random matrix of n x n with real eigenvalues."""
    q = new_orthonormal_matrix_2d(n) + np.eye(n) * 2
    return q @ np.diag(rnd.uniform(-1.0, 1.0, n)) @ np.linalg.inv(q)


def new_sym_matrix_with_real_eigvals_2d(n):
    """A random symmetric matrix of n x n."""
    q = new_orthonormal_matrix_2d(n)
    return q @ np.diag(rnd.uniform(-1.0, 1.0, n)) @ q.T


def _stacked(shape, make):
    n = shape[-1]
    assert shape[-2] == n, f"expected square matrices, got shape {shape}"
    count = int(np.prod(shape[:-2]))
    return np.array([make(n) for _ in range(count)]).reshape(shape)


def new_matrix_with_real_eigvals_nd(shape):
    """Random matrices with real eigenvalues along the last two axes of a shape."""
    return _stacked(shape, new_matrix_with_real_eigvals_2d)


def new_sym_matrix_with_real_eigvals_nd(shape):
    """Random symmetric matrices along the last two axes of a shape."""
    return _stacked(shape, new_sym_matrix_with_real_eigvals_2d)


def np_reduce(dat, axis, keepdims, numpy_reduce_func):
    """`numpy_reduce_func` along one axis after the other: an axis, a tuple of them, or None."""
    if axis is None:
        axes = range(dat.ndim)
    else:
        axes = [axis] if isinstance(axis, int) else axis
    kept = list(dat.shape)
    for place in sorted((a % dat.ndim for a in axes), reverse=True):
        dat = numpy_reduce_func(dat, axis=place)
        kept[place] = 1
    return np.asarray(dat).reshape(kept) if keepdims else dat


def collapse_sum_like(a, shape):
    """The sum of an array along the axes along which `shape` was broadcast to its shape."""
    assert len(a.shape) >= len(shape), f"expected at most {len(a.shape)} axes, got {shape}"
    result = np.sum(a, axis=tuple(range(len(a.shape) - len(shape))))
    axes = tuple(i for i, size in enumerate(shape) if size == 1 and result.shape[i] != 1)
    return np.sum(result, axis=axes, keepdims=True) if axes else result
