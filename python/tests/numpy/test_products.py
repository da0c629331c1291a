"""Products and norms, against NumPy."""
import numpy as onp
import pytest
from gluino import np

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
    same(np.linalg.norm(x, axis=(0, 1), keepdims=True),
         onp.linalg.norm(theirs, axis=(0, 1), keepdims=True))


def test_what_lacks_an_operator_says_so():
    for name in ("inv", "det", "svd", "cholesky", "solve", "eigh", "pinv"):
        with pytest.raises(NotImplementedError, match=name):
            getattr(np.linalg, name)(np.eye(2))


@pytest.mark.parametrize("function, shapes", [
    (lambda a, b: a @ b, [(2, 3), (3, 2)]), (lambda a, b: a @ b, [(2, 2, 3), (2, 3, 2)]),
    (np.dot, [(3,), (3,)]), (lambda a, b: np.einsum("ij,ik->jk", a, b), [(2, 3), (2, 2)]),
    (lambda a, b: np.einsum("bi,bij->bj", a, b), [(2, 3), (2, 3, 2)]),
    (lambda a, b: np.tensordot(a, b, 1), [(2, 3), (3, 2)]), (np.outer, [(2,), (3,)]),
    (lambda a, b: np.linalg.norm(a) + np.linalg.norm(b, 1), [(3,), (3,)])])
def test_gradients(function, shapes):
    check_gradient(function, *arrays(*shapes)[1])
