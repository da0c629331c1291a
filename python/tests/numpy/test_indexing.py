"""Parts of arrays by NumPy's keys."""
import gluino as mx
import numpy as onp
import pytest
from gluino import autograd, np
from gluino.base import MXNetError

from np_support import pair, same

X = onp.arange(24.0).reshape(2, 3, 4)
KEYS = [0, -1, (0, 1), (0, 1, 2), slice(None, None, -1), slice(1, None), (Ellipsis, 0), None,
        (slice(None), None, 1), [0, 1], [1, 1, 0], ([0, 1], [1, 2]), (slice(None), [0, 2]),
        (slice(None), [True, False, True]), (0, slice(None), [1, 3]), ([0, 1], slice(None), [0, 3]),
        (), slice(0, 0), onp.array([[0, 1], [1, 0]]), (0, Ellipsis, [1, 2])]


@pytest.mark.parametrize("number", range(len(KEYS)))
def test_reading(number):
    x, theirs = pair(X)
    same(x[KEYS[number]], theirs[KEYS[number]])


@pytest.mark.parametrize("number", range(len(KEYS)))
def test_writing(number):
    x, theirs = pair(X)
    x[KEYS[number]] = 99
    theirs[KEYS[number]] = 99
    same(x, theirs)


def test_by_truths():
    x, theirs = pair(X)
    same(x[x > 10], theirs[theirs > 10])
    same(x[x > 100], theirs[theirs > 100])
    same(x[x[:, 0, 0] > 5], theirs[theirs[:, 0, 0] > 5])
    x[x > 10] = np.array(0)
    theirs[theirs > 10] = 0
    same(x, theirs)


def keys_with_masks(shape, count):
    """Masks of one axis and more, sparse, full and empty, beside slices, numbers and new axes."""
    random = onp.random.RandomState(0)
    for _ in range(count):
        first = random.randint(len(shape) - 1)
        axes = random.randint(1, len(shape) - first + 1)
        key = [slice(None, None, random.choice([1, 2])) for _ in range(first)]
        if first and random.rand() < 0.3:
            key[0] = int(random.randint(shape[0]))
        key.append(random.uniform(size=shape[first:first + axes]) < random.choice([0, 0.1, 0.5, 1]))
        if first + axes < len(shape) and random.rand() < 0.4:
            key.append(random.choice([Ellipsis, slice(1, None)]))
        if random.rand() < 0.3:
            key.insert(random.randint(len(key) + 1), None)
        yield tuple(key)


def test_masks_of_several_axes_are_read_written_and_differentiated():
    numbers = onp.random.RandomState(1).uniform(size=(3, 4, 5, 2)).astype("float32")
    for key in keys_with_masks(numbers.shape, 60):
        ours = tuple(np.array(part) if isinstance(part, onp.ndarray) else part for part in key)
        x = np.array(numbers)
        x.attach_grad()
        with autograd.record():
            taken = x[ours]
            total = (taken * taken).sum()
        total.backward()
        onp.testing.assert_array_equal(taken.asnumpy(), numbers[key])
        slope, written = onp.zeros_like(numbers), numbers.copy()
        slope[key], written[key] = 2 * numbers[key], 7
        onp.testing.assert_allclose(x.grad.asnumpy(), slope)
        target = np.array(numbers)
        target[ours] = 7
        onp.testing.assert_array_equal(target.asnumpy(), written)


@pytest.mark.parametrize("dtype", ["int64", "int32", "float32"])
def test_a_key_stays_as_it_is(dtype):
    places = np.array([0, 2, -1], dtype=dtype)
    assert np.arange(12).reshape(3, 4)[places, places].asnumpy().tolist() == [0, 10, 11]
    assert np.arange(5)[places].asnumpy().tolist() == [0, 2, 4]
    assert places.asnumpy().tolist() == [0, 2, -1]


def test_by_our_arrays():
    x, theirs = pair(X)
    rows = np.array([1, 0], dtype="int32")
    same(x[rows], theirs[[1, 0]])
    same(x[np.array([0.0, 1.0])], theirs[[0, 1]])
    assert x[np.array(1, dtype="int64")].shape == (3, 4)


def test_outside_is_refused():
    x = np.ones((2, 3))
    for wrong in (5, (0, 3), (0, 0, 0), [0, 2], "a", 1.5):
        with pytest.raises(IndexError):
            x[wrong]
    with pytest.raises(ValueError):
        x[:] = np.ones(4)


def test_take():
    x, theirs = pair(X)
    places = np.array([0, 2], dtype="int32")
    same(x.take(places), theirs.take([0, 2]))
    same(np.take(x, places, axis=1), theirs.take([0, 2], axis=1))
    same(np.take(x, np.array([[0, 1]], dtype="int64"), axis=0), theirs.take([[0, 1]], axis=0))
    same(np.take(x, np.array([0, 50]), mode="clip"), theirs.take([0, 50], mode="clip"))
    same(np.take(x, np.array([-1, 50]), mode="wrap"), theirs.take([-1, 50], mode="wrap"))
    with pytest.raises(IndexError):
        np.take(x, np.array([0, 50]))


def test_places():
    x, theirs = pair([[0, 1.0], [2.0, 0]])
    same(np.nonzero(x), onp.nonzero(theirs))
    same(np.argwhere(x), onp.argwhere(theirs))
    same(np.flatnonzero(x), onp.flatnonzero(theirs))
    assert np.nonzero(x)[0].dtype == "int64"
    places = np.array([3, 5], dtype="int64")
    same(np.unravel_index(places, (2, 3)), onp.unravel_index([3, 5], (2, 3)))
    assert np.unravel_index(1621, (6, 7, 8, 9)) == (3, 1, 4, 1)
    same(np.diag_indices_from(x), onp.diag_indices_from(theirs))


@pytest.mark.parametrize("rows, columns", [(4, 4), (5, 2), (2, 5), (0, 3), (3, 0), (1, 1)])
def test_places_of_triangles(rows, columns):
    for k in (-7, -5, -4, -2, -1, 0, 1, 3, 5, 10 ** 30, -10 ** 30):
        for name in ("tril_indices", "triu_indices"):
            of_numpy = getattr(onp, name)(rows, min(max(k, -9), 9), columns)
            found = getattr(np, name)(rows, k, columns)
            same(found, of_numpy)
            assert [places.dtype for places in found] == ["int64"] * 2
            matrix = np.zeros((rows, columns))
            same(getattr(np, name + "_from")(matrix, k), of_numpy)
    same(np.triu_indices(3), onp.triu_indices(3))
    same(np.tril_indices(3, -1), onp.tril_indices(3, -1))


def test_rows_without_places_of_a_triangle_are_passed_over():
    rows = 2 ** 30
    same(np.tril_indices(rows, 1 - rows, 5), ([rows - 1], [0]))
    same(np.triu_indices(5, rows - 1, rows), ([0], [rows - 1]))


def test_diagonals_of_axes_that_differ_are_refused():
    for shape in ((3,), (2, 3, 2)):
        with pytest.raises(ValueError, match="axes of one size"):
            np.fill_diagonal(np.zeros(shape), 1)


def test_gradients_of_parts():
    x = np.array(X)
    x.attach_grad()
    with autograd.record():
        y = x[0].sum() + 2 * x[:, [0, 2], 1].sum() + x[x > 20].sum() + x[1, 1, 1] + x[::2].sum()
    y.backward()
    expected = onp.zeros_like(X)
    expected[0] += 1
    expected[:, [0, 2], 1] += 2
    expected[X > 20] += 1
    expected[1, 1, 1] += 1
    expected[::2] += 1
    same(x.grad, expected)


def test_gradients_of_parts_without_elements():
    none = np.zeros((0,), dtype='int32')
    for shape, key in (((3, 4), slice(2, 2)), ((3, 4), (slice(None), slice(2, 2))),
                       ((3, 4), none), ((3, 4), np.zeros((3,), dtype='bool')),
                       ((0, 4), slice(1, None)), ((0, 4), None), ((0, 4), (slice(None), [0, 1])),
                       ((2, 0, 4), (0, none, slice(0, 2)))):
        array = np.ones(shape)
        array.attach_grad('add')
        array.grad[:] = 3
        with autograd.record():
            part = array[key]
        part.backward()
        assert part.size == 0
        assert (array.grad.asnumpy() == 3).all()


@pytest.mark.parametrize("key, shape", [
    (slice(None), (3,)), ((1, 1), (2,)), (([0, 1], [1, 2]), (3,)), ([0, 2], (2,))])
@pytest.mark.parametrize("kind", [ValueError, MXNetError])
def test_what_does_not_fit_is_numpys_error_and_mxnets(key, shape, kind):
    for x, value in ((np.zeros((3, 4)), np.ones(shape)), (mx.nd.zeros((3, 4)), mx.nd.ones(shape))):
        with pytest.raises(kind, match="could not broadcast"):
            x[key] = value


@pytest.mark.parametrize("shape", [(7, 3), (3, 7), (3, 3), (2, 2, 2)])
@pytest.mark.parametrize("value", [3, [1, 2]])
@pytest.mark.parametrize("wrap", [False, True])
def test_fill_diagonal(shape, value, wrap):
    a, expected = np.zeros(shape), onp.zeros(shape, "float32")
    np.fill_diagonal(a, value, wrap=wrap)
    onp.fill_diagonal(expected, value, wrap=wrap)
    same(a, expected)
