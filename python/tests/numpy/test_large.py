"""What goes through arrays in pieces, against NumPy: more elements than a piece has."""
import numpy as onp
import pytest
from gluino import np

from np_support import same

RANDOM = onp.random.RandomState(5)
SHAPE = (131, 1009)
X = RANDOM.uniform(-1, 1, SHAPE).astype("float32")
HALF = onp.where(RANDOM.uniform(size=SHAPE) < 0.5, 0, X).astype("float32")


def both(value):
    value = onp.ascontiguousarray(value)
    return np.array(value, dtype=value.dtype), value


@pytest.mark.parametrize("dtype", ["float32", "float64", "float16", "int64", "int8", "bool"])
@pytest.mark.parametrize("axis", [None, 0, 1])
def test_truths_and_places(dtype, axis):
    for value in (HALF, onp.ones(SHAPE), onp.zeros(SHAPE), HALF > 2):
        ours, theirs = both((value * 100).astype(dtype))
        for name in ("any", "all", "argmax", "argmin"):
            same(getattr(np, name)(ours, axis=axis), getattr(onp, name)(theirs, axis=axis))


def test_one_at_the_end_decides():
    value = onp.zeros(300001, "float32")
    value[-1] = onp.nan
    ours, theirs = both(value)
    assert bool(np.any(ours)) and not bool(np.any(ours[:-1])) and not bool(np.all(ours))
    assert int(np.argmax(ours)) == 300000 == int(theirs.argmax())


@pytest.mark.parametrize("shape", [(132179,), SHAPE, (131, 7, 11, 13), (1, 5000), (5000, 1)])
@pytest.mark.parametrize("share", [0, 0.001, 0.5, 1])
def test_nonzero(shape, share):
    ours, theirs = both(RANDOM.uniform(size=shape) < share)
    for one, other in zip(np.nonzero(ours), onp.nonzero(theirs), strict=True):
        same(one, other)
    same(np.flatnonzero(ours), onp.flatnonzero(theirs))
    assert np.count_nonzero(ours) == onp.count_nonzero(theirs) == int(np.sum(ours))


@pytest.mark.parametrize("ends", [(-500, 500), (0, 2**43), (-2**62, 2**62), (7, 8)])
@pytest.mark.parametrize("ascending", [True, False])
def test_argsort_of_whole_numbers(ends, ascending):
    # Numbers that lie close together, and such as do not; equal ones stay as they stand.
    ours, theirs = both(RANDOM.randint(*ends, size=(3, 70001)))
    theirs[:, ::5] = theirs[:, 1:2]
    ours = np.array(theirs, dtype="int64")
    places = np.array(ours).as_nd_ndarray().argsort(axis=1, is_ascend=ascending, dtype="int64")
    same(places, onp.argsort(theirs if ascending else -theirs, axis=1, kind="stable"))


@pytest.mark.parametrize("dtype", ["int64", "int32", "float64"])
def test_take_counts_from_either_end(dtype):
    v, theirs = both(X[0])
    at, their_at = both(RANDOM.randint(-1009, 1009, 70001).astype(dtype))
    whole = their_at.astype("int64")
    for mode in ("wrap", "clip"):
        same(np.take(v, at, mode=mode), onp.take(theirs, whole, mode=mode))
    same(np.take(v, np.array(whole % 1009, dtype=dtype), mode="raise"), theirs[whole])
    same(np.take(v, at, mode="raise"), theirs[whole])
    for wrong in (1009, -1010):
        places = np.array(onp.append(abs(whole) % 1009, wrong), dtype=dtype)
        with pytest.raises(IndexError):
            np.take(v, places, mode="raise").wait_to_read()


def test_bincount():
    ours, theirs = both(RANDOM.randint(0, 37, 50001))
    weights, their_weights = both(RANDOM.uniform(size=50001))
    same(np.bincount(ours, minlength=50), onp.bincount(theirs, minlength=50))
    same(np.bincount(ours, weights), onp.bincount(theirs, their_weights))
    with pytest.raises(ValueError):
        np.bincount(np.array([3, -1], dtype="int64"))
    theirs[30000] = -1
    with pytest.raises(ValueError):
        np.bincount(np.array(theirs, dtype="int64"))


def test_histogram():
    x = RANDOM.normal(size=20011)
    x[:7] = [onp.nan, onp.inf, -onp.inf, -3, 3, 2.5, 0]
    steep = onp.concatenate([onp.linspace(-3, 0, 7)[:-1], onp.geomspace(1e-9, 1e-3, 200), [1, 1, 3]])
    for edges in (onp.linspace(-3, 3, 12), steep, onp.array([0.0, 1e-300, 1]), onp.array([-1.0, 1])):
        ours, theirs = np.histogram(np.array(x, dtype="float64"), np.array(edges, dtype="float64"))
        same(ours, onp.histogram(x[onp.isfinite(x)], edges)[0])
        same(theirs, edges)
    same(np.histogram(np.array(x, dtype="float64"), 5, range=(-3, 3))[0],
         onp.histogram(x[onp.isfinite(x)], onp.linspace(-3, 3, 6).astype("float32"))[0])


def test_unique():
    value = RANDOM.randint(0, 500, 20000).astype("float32")
    value[::1000] = onp.nan
    value[5::1000] = onp.inf
    value[value == 0] = -0.0
    for dtype in ("float32", "float64", "float16", "int32", "uint8"):
        ours, theirs = both(onp.nan_to_num(value, posinf=9).astype(dtype) if "int" in dtype
                            else value.astype(dtype))  # fmt: skip
        same(np.unique(ours), onp.unique(theirs))
    assert onp.signbit(np.unique(np.array(value))[0].asnumpy())
    for few in ([], [0.0], [-0.0, 0.0], [0.0, -0.0], [onp.nan], [onp.nan, 1, onp.nan], [2, -1, 2]):
        ours, theirs = np.unique(np.array(few)).asnumpy(), onp.unique(onp.array(few, "float32"))
        same(np.array(ours), theirs)
        assert onp.signbit(ours[ours == 0]).tolist() == onp.signbit(few[:1]).tolist() * (0 in few)


def test_taken_along_axes():
    for axis in (0, 1, 2, -1):
        x = RANDOM.uniform(size=(5, 6, 7)).astype("float32")
        size = x.shape[axis]
        at = RANDOM.randint(-size, size, (5, 6, 7))
        same(np.take_along_axis(both(x)[0], both(at)[0], axis), onp.take_along_axis(x, at, axis))
    one, at = RANDOM.uniform(size=(1, 6)).astype("float32"), RANDOM.randint(0, 6, (4, 6))
    same(np.take_along_axis(both(one)[0], both(at)[0], 1), onp.take_along_axis(one, at, 1))


@pytest.mark.parametrize("k", [-200, -3, 0, 4, 2000])
def test_triangles_and_diagonals(k):
    same(np.tril(both(X)[0], k), onp.tril(X, k))
    same(np.tril(both(X[0, :9])[0], k), onp.tril(X[0, :9], k))
    same(np.eye(7, 9, k), onp.eye(7, 9, k))


def test_edges_of_functions():
    ends = onp.array([0, -0.0, onp.inf, -onp.inf, onp.nan, 1e-45, -3e-39, 3.4e38, -3.4e38, 2, -88.5,
                      88.9, 1e-20], "float32")  # fmt: skip
    for name in ("cbrt", "sinh", "cosh", "isnan", "isinf", "isfinite", "isposinf", "isneginf",
                 "logical_not", "nan_to_num"):
        with onp.errstate(all="ignore"):
            expected = getattr(onp, name)(ends)
        onp.testing.assert_allclose(getattr(np, name)(np.array(ends)).asnumpy(), expected, 1e-6)
    least = onp.array([-2**63, -5, 7, 2**63 - 1])
    same(np.absolute(np.array(least, dtype="int64")), onp.absolute(least))


def test_a_result_shares_no_memory_with_what_it_came_from():
    x = np.array(X)
    for result in (np.roll(x, 0), np.einsum("ij->ij", x), np.einsum("ij->ji", x).T,
                   np.pad(x, ((0, 0), (0, 0))), np.maximum(x, x), np.nan_to_num(x), np.around(x)):
        result[:] = 0
        assert x.asnumpy().any()


@pytest.mark.parametrize("subscripts, shapes", [
    ("bij,bkj->bik", [(3, 4, 5), (3, 6, 5)]), ("bji,bjk->bik", [(3, 4, 5), (3, 4, 6)]),
    ("bji,bkj->bik", [(3, 4, 5), (3, 6, 4)]), ("bij,bij->b", [(3, 4, 5), (3, 4, 5)]),
    ("ij,ji->", [(4, 5), (5, 4)]), ("ij,ij->ji", [(4, 5), (4, 5)]), ("i,j->ji", [(4,), (5,)]),
    ("bi,bj->bij", [(3, 4), (3, 5)]), ("ij,j->i", [(4, 5), (5,)]), ("ij,k->kij", [(4, 5), (3,)]),
    ("ij,jk,kl->il", [(4, 5), (5, 3), (3, 6)]), ("bhqd,bhkd->bhqk", [(2, 3, 4, 5), (2, 3, 6, 5)]),
])  # fmt: skip
def test_einsum(subscripts, shapes):
    from np_support import check_gradient
    values = [RANDOM.uniform(-1, 1, shape) for shape in shapes]
    ours = [np.array(value, dtype="float64") for value in values]
    same(np.einsum(subscripts, *ours), onp.einsum(subscripts, *values))
    whole = [(10 * value).astype("int32") for value in values]
    same(np.einsum(subscripts, *(np.array(value, dtype="int32") for value in whole)),
         onp.einsum(subscripts, *whole))
    check_gradient(lambda *arrays: np.einsum(subscripts, *arrays), *values)
