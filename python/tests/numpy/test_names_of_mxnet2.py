"""Options and results that MXNet 2 has under names of its own."""
import gluino as mx
import numpy as onp
import pytest
from gluino import np, npx, sym

from np_support import pair, same


@pytest.mark.parametrize("axis", [None, 0, -1])
@pytest.mark.parametrize("dtype", ["float32", "float64", "int32", "uint8", "bool"])
def test_descending_order(axis, dtype):
    x, theirs = pair([[2, 1, 2, 3, 1, 2], [0, 5, 0, 5, 5, 1]], dtype)
    falling = onp.sort(theirs, axis=axis)
    falling = falling[::-1] if axis in (None, 0) else falling[:, ::-1]
    ours = np.sort(x, axis=axis, descending=True, stable=False)
    same(ours, falling)
    assert ours.dtype == dtype
    # Equal elements keep their order.
    same(np.argsort(x, axis=axis, descending=True),
         onp.argsort(-theirs.astype("int64"), axis=axis, kind="stable"))
    if axis is not None:
        same(x.argsort(axis=axis, descending=True), np.argsort(x, axis=axis, descending=True))
        x.sort(axis=axis, descending=True)
        same(x, falling)


def test_correction():
    x, theirs = pair([[1, 2, 4], [5, 8, 0]], "float64")
    for ours, expected in [(np.var, onp.var), (np.std, onp.std)]:
        same(ours(x, axis=1, correction=1), expected(theirs, axis=1, ddof=1))
        same(ours(x, correction=0), expected(theirs))
        with pytest.raises(ValueError, match="ddof and correction"):
            ours(x, ddof=1, correction=1)
    same(x.std(correction=1), onp.std(theirs, ddof=1))
    same(x.var(correction=1), onp.var(theirs, ddof=1))


def test_sets_of_the_array_standard():
    x, theirs = pair([[2, 1], [1, 5]], "float32")
    values, indices, inverse, counts = np.unique_all(x)
    same(values, [1, 2, 5])
    same(indices, [1, 0, 3])
    same(inverse, [[1, 0], [0, 2]])
    same(counts, [2, 1, 1])
    assert np.unique_all(x).inverse_indices.shape == x.shape == theirs.shape
    same(np.unique_inverse(x).values[np.unique_inverse(x).inverse_indices], theirs)
    same(np.unique_values(x), values)


def test_triangles():
    matrix = onp.array([[4.0, 9.0], [1.0, 3.0]])  # of which either triangle may be read
    x = np.array(matrix, dtype="float64")
    for upper in (False, True):
        rows = onp.linalg.eigvalsh(matrix, "U" if upper else "L")
        onp.testing.assert_allclose(np.linalg.eigvalsh(x, upper=upper).asnumpy(), rows)
        onp.testing.assert_allclose(np.linalg.eigh(x, upper=upper)[0].asnumpy(), rows)
    positive = np.array([[4.0, 1.0], [1.0, 3.0]])
    same(np.linalg.cholesky(positive, upper=True), np.linalg.cholesky(positive).T)
    onp.testing.assert_allclose(
        np.linalg.pinv(np.array([[1.0, 0.0], [0.0, 1e-3]]), rtol=1e-2).asnumpy(), [[1, 0], [0, 0]])


def test_inputs_of_layers():
    x, one, zero = np.array([[1.0, 2.0], [3.0, 4.0]]), np.ones(2), np.zeros(2)
    named = npx.batch_norm(x=x, gamma=one, beta=zero, running_mean=zero, running_var=one)
    same(named, npx.batch_norm(x, one, zero, zero, one))
    product = npx.fully_connected(x=x, weight=x, num_hidden=2, no_bias=True)
    same(product, x.asnumpy() @ x.asnumpy().T)
    same(npx.one_hot(data=np.array([1, 0]), depth=2), [[0, 1], [1, 0]])
    with pytest.raises(TypeError, match="x and data"):
        npx.fully_connected(x=x, data=x, weight=x, num_hidden=2)
    node = sym.npx.batch_norm(x=sym.var("x").as_np_ndarray(),
                              running_mean=sym.var("mean").as_np_ndarray())
    assert "mean" in node.list_inputs()
    assert np.empty_like(x, device=x.ctx).shape == (2, 2)


def test_dtype_and_seed_on_a_device():
    assert np.dtype("float32") == np.float32
    np.random.seed(3, device=mx.cpu())
    first = np.random.uniform(size=(3,))
    mx.random.seed(3, device="all")
    assert (np.random.uniform(size=(3,)) == first).all()


def test_batch_norm_with_relu_gives_mean_and_variance_too():
    x = np.arange(24).reshape(2, 3, 2, 2)
    ones, zeros = np.ones(3), np.zeros(3)
    with mx.autograd.train_mode():
        out, mean, _ = npx.batch_norm_with_relu(x, ones, zeros, zeros.copy(), ones.copy(),
                                                output_mean_var=True)
    assert out.shape == x.shape and (out >= 0).all() and (out == 0).any()
    onp.testing.assert_allclose(mean.asnumpy(), x.asnumpy().mean((0, 2, 3)), rtol=1e-5)
