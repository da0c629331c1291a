"""Products and norms, against NumPy."""
import numpy as onp
import pytest
from gluino import autograd, np
from gluino.base import MXNetError

from np_support import check_gradient, pair, same


def arrays(*shapes):
    made = [onp.cos(onp.arange(onp.prod(shape, dtype=int)) + i).reshape(shape)
            for i, shape in enumerate(shapes)]
    return [np.array(a) for a in made], made


@pytest.mark.parametrize("shapes", [((4,), (4,)), ((2, 3), (3,)), ((3,), (3, 2)), ((2, 3), (3, 4)),
                                    ((2, 3, 4), (4,)), ((2, 3, 4), (5, 4, 6)), ((), (3,))])
def test_dot(shapes):
    ours, theirs = arrays(*shapes)
    same(np.dot(*ours), onp.dot(*theirs))


@pytest.mark.parametrize("shapes", [((4,), (4,)), ((2, 3), (3,)), ((3,), (3, 2)), ((2, 3), (3, 4)),
                                    ((5, 2, 3), (5, 3, 4)), ((2, 3), (5, 3, 4)), ((3,), (5, 3, 4)),
                                    ((1, 4, 2, 3), (5, 1, 3, 2)), ((5, 2, 3), (3, 4))])
def test_matmul(shapes):
    ours, theirs = arrays(*shapes)
    same(ours[0] @ ours[1], theirs[0] @ theirs[1])


def test_whole_numbers_and_empty_ones():
    x = np.array([[1, 2], [3, 4]], dtype="int32")
    assert (x @ x).tolist() == [[7, 10], [15, 22]] and (x @ x).dtype == "int32"
    assert (np.zeros((2, 0)) @ np.zeros((0, 3))).tolist() == [[0] * 3] * 2


@pytest.mark.parametrize("first, second", [(2, 3), (3, 2), (3, 3), (2, 2)])
def test_vectors_at_right_angles(first, second):
    (a, b), (x, y) = arrays((4, 1, first), (5, second))
    x, y = (onp.concatenate([v, 0 * v[..., :3 - v.shape[-1]]], axis=-1) for v in (x, y))
    expected = onp.cross(x, y)
    if first == second == 2:
        same(np.cross(a, b), expected[..., 2])
        return
    same(np.cross(a, b), expected)
    same(np.cross(a, b, axisc=0), onp.moveaxis(expected, -1, 0))
    with pytest.raises(ValueError, match="two or three numbers, got 4"):
        np.cross(np.ones(4), b)


def test_other_products():
    (a, b, c), (x, y, z) = arrays((2, 3, 4), (2, 3, 4), (4, 3, 2))
    for ours, theirs in [(np.tensordot(a, b, 3), onp.tensordot(x, y, 3)),
                         (np.tensordot(a, c, ([2, 1], [0, 1])),
                          onp.tensordot(x, z, ([2, 1], [0, 1]))),
                         (np.tensordot(a, b, 0), onp.tensordot(x, y, 0)),
                         (np.inner(a, b), onp.inner(x, y)), (np.vdot(a, b), onp.vdot(x, y)),
                         (np.outer(a[0], b), onp.outer(x[0], y)),
                         (np.kron(a[0], b[0, :2]), onp.kron(x[0], y[0, :2])),
                         (np.polyval(a[0, 0], b), onp.polyval(x[0, 0], y)),
                         (np.cross(a[:, :, 0], b[:, :, 1]), onp.cross(x[:, :, 0], y[:, :, 1]))]:
        same(ours, theirs)


@pytest.mark.parametrize("letters, shapes", [
    ("ij,jk->ik", [(2, 3), (3, 4)]), ("ij,jk", [(2, 3), (3, 4)]), ("ii->i", [(3, 3)]),
    ("ii", [(3, 3)]), ("ij->ji", [(2, 3)]), ("ij->", [(2, 3)]), ("i,j->ij", [(2,), (3,)]),
    ("bij,bjk->bik", [(5, 2, 3), (5, 3, 4)]), ("...ij,jk->...ik", [(5, 2, 3), (3, 4)]),
    ("ij,jk,kl->il", [(2, 3), (3, 4), (4, 2)]), ("bhid,bhjd->bhij", [(2, 3, 4, 5), (2, 3, 6, 5)]),
    ("ij,ij->i", [(2, 3), (2, 3)]), ("i,i", [(3,), (3,)]), ("...i->...", [(2, 3, 4)]),
    ("ij,k->ik", [(2, 3), (4,)]), ("a...a->...", [(3, 2, 3)]), (",i->i", [(), (3,)])])
def test_einsum(letters, shapes):
    ours, theirs = arrays(*shapes)
    same(np.einsum(letters, *ours), onp.einsum(letters, *theirs))


def test_wrong_shapes_are_refused():
    a = np.ones((2, 3))
    for wrong in (lambda: a @ a, lambda: np.dot(a, a), lambda: np.einsum("ij,jk", a, a),
                  lambda: np.einsum("ijk", a), lambda: np.matmul(a, np.array(1.0)),
                  lambda: np.tensordot(a, a, 1), lambda: np.vdot(a, np.ones(5))):
        with pytest.raises(ValueError):
            wrong()


def test_norms():
    x, theirs = pair([[1.0, -2.0, 3.0], [0.5, 4.0, -1.0]])
    for order in (None, 1, 2, 3, onp.inf, -onp.inf, 0):
        same(np.linalg.norm(x[0], order), onp.linalg.norm(theirs[0], order))
        same(np.linalg.norm(x, order, axis=1, keepdims=True),
             onp.linalg.norm(theirs, order, axis=1, keepdims=True))
    for order in (None, "fro", 1, -1, onp.inf, -onp.inf):
        same(np.linalg.norm(x, order), onp.linalg.norm(theirs, order))
    for name in ("inf", "-inf"):  # MXNet's words
        for array in (x, x[0]):
            same(np.linalg.norm(array, name), onp.linalg.norm(array.asnumpy(), float(name)))
    same(np.linalg.norm(x, axis=(0, 1), keepdims=True),
         onp.linalg.norm(theirs, axis=(0, 1), keepdims=True))


SQUARE = [[4.0, 1.0, 0.5], [1.0, 3.0, 0.25], [0.5, 0.25, 2.0]]


@pytest.mark.parametrize("dtype", ["float32", "float64", "int32"])
@pytest.mark.parametrize("name", ["cholesky", "det", "eigvalsh", "inv", "pinv", "slogdet", "svd"])
def test_decompositions(name, dtype):
    x, theirs = pair(SQUARE, dtype)
    numpys = getattr(onp.linalg, name)(theirs)
    if name == "svd":  # Vectors may have the other sign.
        u, s, v = np.linalg.svd(x)
        same(s, numpys[1])
        same(u * s @ v, theirs)
    else:
        same(getattr(np.linalg, name)(x), numpys)
        same(getattr(np.linalg, name)(np.stack([x, x])),
             getattr(onp.linalg, name)([theirs, theirs]))


@pytest.mark.parametrize("name", ["eig", "eigh"])
def test_eigenvectors(name):
    x, theirs = pair(SQUARE if name == "eigh" else [[2, 1, 0], [0.5, 3, 1], [0, 1, -1]], "float64")
    w, v = getattr(np.linalg, name)(x)
    same(np.sort(w), onp.sort(getattr(onp.linalg, name)(theirs)[0].real))
    same(x @ v, v * w)
    same((v * v).sum(axis=0), onp.ones(3))


@pytest.mark.parametrize("shape", [(3, 3), (4, 2), (2, 4), (2, 4, 3), (2, 2, 3), (1, 1)])
def test_orthogonal_and_triangular_matrices(shape):
    x = onp.cos(onp.arange(onp.prod(shape)) ** 2 * 1.3 + 0.4).reshape(shape)
    q, r = np.linalg.qr(np.array(x, dtype="float64"))
    same(q @ r, x)
    for inner in (np.swapaxes(q, -1, -2) @ q).reshape(-1, q.shape[-1], q.shape[-1]):
        same(inner, onp.eye(q.shape[-1]))
    same(r, np.triu(r))
    for part in range(2):
        check_gradient(lambda a, part=part: np.linalg.qr(a)[part] ** 2, x)


@pytest.mark.parametrize("n", [0, 1, 2, 3, 5, -1, -2])
def test_powers_of_matrices(n):
    x = onp.array([SQUARE, onp.eye(3) + 0.25])
    same(np.linalg.matrix_power(np.array(x), n), onp.linalg.matrix_power(x, n))
    whole = np.array([[2, 1], [1, 1]], dtype="int32")
    power = np.linalg.matrix_power(whole, n)
    assert power.dtype == onp.linalg.matrix_power(whole.asnumpy(), n).dtype
    assert not np.shares_memory(power, whole)
    if n:
        check_gradient(lambda a: np.linalg.matrix_power(a, n), SQUARE)
    for wrong in (np.ones(3), np.ones((2, 3))):
        with pytest.raises(ValueError, match="square matrices"):
            np.linalg.matrix_power(wrong, n)


def test_systems_of_equations():
    x, theirs = pair(SQUARE)
    b, their_b = pair([1.0, -2.0, 0.5])
    same(np.linalg.solve(x, b), onp.linalg.solve(theirs, their_b))
    many, their_many = pair(onp.arange(24).reshape(4, 6) % 7 + 6 * onp.eye(4, 6))
    a, their_a = many.reshape(4, 2, 3)[:, :, :2].reshape(2, 2, 2, 2), their_many.reshape(
        4, 2, 3)[:, :, :2].reshape(2, 2, 2, 2)
    same(np.linalg.tensorinv(a), onp.linalg.tensorinv(their_a), 1e-3)
    same(np.linalg.tensorsolve(a, np.ones((2, 2))),
         onp.linalg.tensorsolve(their_a, onp.ones((2, 2))), 1e-3)
    same(np.linalg.pinv(many, 1e-6), onp.linalg.pinv(their_many, 1e-6), 1e-3)


def test_norms_by_singular_values():
    x, theirs = pair(onp.arange(12).reshape(2, 3, 2) + 1)
    for order in (2, -2, "nuc"):
        for keepdims in (False, True):
            same(np.linalg.norm(x, order, (1, 2), keepdims),
                 onp.linalg.norm(theirs, order, (1, 2), keepdims), 1e-4)


def test_what_has_no_answer_is_refused():
    for wrong in (lambda: np.linalg.eig(np.array([[0, 1], [-1, 0]])),
                  lambda: np.linalg.inv(np.zeros((2, 3))), lambda: np.linalg.det(np.zeros(3))):
        with pytest.raises(MXNetError):
            wrong()
    with pytest.raises(onp.linalg.LinAlgError):
        np.linalg.eigvals(np.array([[0, 1], [-1, 0]]))
    for error in (MXNetError, onp.linalg.LinAlgError):
        with pytest.raises(error, match="singular"):
            np.linalg.solve(np.array([[1, 0], [0, 0]]), np.ones(2))


@pytest.mark.parametrize("function", [
    np.linalg.det, np.linalg.inv, lambda a: np.linalg.slogdet(a)[1],
    lambda a: np.linalg.cholesky(a @ a.T), lambda a: np.linalg.eigvalsh(a + a.T),
    lambda a: np.linalg.svd(a)[1], lambda a: np.linalg.solve(a, np.ones(3, dtype="float64")),
    lambda a: np.linalg.norm(a, "nuc")])
def test_gradients_of_decompositions(function):
    check_gradient(function, [[4.0, 1.0, 0.5], [0.7, 3.0, 0.25], [0.3, 0.6, 2.0]])


@pytest.mark.parametrize("function, shapes", [
    (lambda a, b: a @ b, [(2, 3), (3, 2)]), (lambda a, b: a @ b, [(2, 2, 3), (2, 3, 2)]),
    (np.cross, [(2, 2), (2, 3)]), (np.cross, [(2, 2), (2,)]),
    (np.dot, [(3,), (3,)]), (lambda a, b: np.einsum("ij,ik->jk", a, b), [(2, 3), (2, 2)]),
    (lambda a, b: np.einsum("bi,bij->bj", a, b), [(2, 3), (2, 3, 2)]),
    (lambda a, b: np.tensordot(a, b, 1), [(2, 3), (3, 2)]), (np.outer, [(2,), (3,)]),
    (lambda a, b: np.linalg.norm(a) + np.linalg.norm(b, 1), [(3,), (3,)])])
def test_gradients(function, shapes):
    check_gradient(function, *arrays(*shapes)[1])


@pytest.mark.parametrize('function, shapes', [
    (np.dot, [(3, 0), (0, 4)]), (np.matmul, [(2, 0), (0, 3)]), (np.vdot, [(2, 0), (2, 0)]),
    (np.inner, [(0,), (0,)]), (lambda a, b: np.tensordot(a, b, 1), [(3, 0, 4), (4, 2)]),
    (lambda a, b: np.tensordot(a, b, 2), [(3, 0, 4), (0, 4, 2)]),
])
def test_gradients_of_empty_ones(function, shapes):
    arrays = [np.ones(shape) for shape in shapes]
    for array in arrays:
        array.attach_grad()
    with autograd.record():
        result = function(*arrays)
    result.backward()
    assert not onp.any(result.asnumpy())
    for array in arrays:
        assert not onp.any(array.grad.asnumpy())


@pytest.mark.parametrize("order", [1, 2, onp.inf])
def test_norms_of_no_elements_are_0(order):
    for shape in ((0, 0), (0, 3), (3, 0)):
        same(np.linalg.norm(np.zeros(shape), order), onp.float32(0))
    assert np.linalg.norm(np.zeros((3, 0)), order, axis=1).asnumpy().tolist() == [0, 0, 0]
    with pytest.raises(ValueError, match="has no smallest magnitude"):
        np.linalg.norm(np.zeros((3, 0)), -onp.inf, axis=1)


def test_ranks():
    of_rank_1 = onp.array([[1.0, 2, 3], [2, 4, 6]])
    for m in (onp.eye(4), of_rank_1, onp.stack([of_rank_1, onp.eye(2, 3)]), onp.zeros(3),
              onp.ones(4), onp.zeros((2, 0, 3)), onp.array([[1, 2], [2, 4]])):
        rank = np.linalg.matrix_rank(np.array(m))
        assert rank.dtype == onp.int64
        same(rank, onp.linalg.matrix_rank(m))
    m = onp.diag([5.0, 3, 1])
    for tol in (0.5, 2, 4, 6):
        same(np.linalg.matrix_rank(np.array(m), tol), onp.linalg.matrix_rank(m, tol))
    same(np.linalg.matrix_rank(np.array([m, m]), np.array([2.0, 4.0])), [2, 1])


@pytest.mark.parametrize("shape", [(5, 3), (3, 5), (3, 3)])
@pytest.mark.parametrize("columns", [None, 2])
def test_least_squares(shape, columns):
    random = onp.random.RandomState(0)
    a, b = random.randn(*shape), random.randn(*(shape[:1] if columns is None else (shape[0], columns)))
    same(np.linalg.lstsq(np.array(a), np.array(b)), onp.linalg.lstsq(a, b, rcond=None), 1e-4)
    check_gradient(lambda a, b: np.linalg.lstsq(a, b)[0], a, b)
    if shape == (5, 3):
        check_gradient(lambda a, b: np.linalg.lstsq(a, b)[1], a, b)
        a[:, 2] = a[:, 1]
        same(np.linalg.lstsq(np.array(a), np.array(b)), onp.linalg.lstsq(a, b, rcond=None), 1e-3)
