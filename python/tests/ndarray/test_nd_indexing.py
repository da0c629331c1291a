"""Parts of arrays by NumPy's keys: read, assigned to, and differentiated, against NumPy."""
import random

import gluino as mx
import numpy as np
import pytest
from gluino import autograd, nd

SHAPE = (3, 4, 5)


def whole(size, draw):
    return draw.randint(-size, size - 1)


def slice_of(size, draw):
    ends = [None, *range(-size - 1, size + 2)]
    return slice(draw.choice(ends), draw.choice(ends), draw.choice([None, 1, 2, -1, -2, 3]))


def basic_key(shape, draw):
    items = [draw.choice([whole, slice_of, slice_of])(size, draw)
             for size in shape[:draw.randint(0, len(shape))]]
    if draw.random() < 0.3:
        items.insert(draw.randint(0, len(items)), None)
    if draw.random() < 0.3:
        place = draw.randint(0, len(items))
        items.insert(place, Ellipsis)
        kept = items[:place + 1]
        axis = len(shape) - sum(item is not None for item in items[place + 1:])
        for item in items[place + 1:]:
            if item is None:
                kept.append(None)
                continue
            kept.append(slice_of(shape[axis], draw) if isinstance(item, slice)
                        else whole(shape[axis], draw))
            axis += 1
        items = kept
    return tuple(items)


def advanced_key(shape, draw):
    rows = draw.choice([(2,), (3,), (2, 1), (1, 3), ()])
    items = []
    for size in shape[:draw.randint(1, len(shape))]:
        kind = draw.choice(["rows", "rows", "slice", "number"])
        if kind == "slice":
            items.append(slice_of(size, draw))
        elif kind == "number":
            items.append(whole(size, draw))
        else:
            count = int(np.prod(rows))
            items.append(np.array([whole(size, draw) for _ in range(count)]).reshape(rows))
    if not any(isinstance(item, np.ndarray) for item in items):
        items[0] = np.array([whole(shape[0], draw), whole(shape[0], draw)])
    return tuple(items)


def as_ours(key, draw):
    """The same key with rows of numbers as arrays, lists or NumPy's."""
    def one(item):
        if not isinstance(item, np.ndarray):
            return item
        return draw.choice([lambda: item, lambda: nd.array(item, dtype="int64"), item.tolist])()
    return tuple(one(item) for item in key)


def old_shape(shape):
    """x[0, 0] has the shape (1,) where there are no arrays without axes."""
    return shape or (1,)


KEYS = [(kind, seed) for kind in (basic_key, advanced_key) for seed in range(60)]


@pytest.mark.parametrize("kind, seed", KEYS)
def test_reading(kind, seed):
    draw = random.Random(seed)
    reference = np.arange(np.prod(SHAPE), dtype="float32").reshape(SHAPE)
    key = kind(SHAPE, draw)
    expected = reference[key]
    found = nd.array(reference)[as_ours(key, draw)]
    assert found.shape == old_shape(expected.shape), key
    assert np.array_equal(found.asnumpy().reshape(expected.shape), expected), key


@pytest.mark.parametrize("kind, seed", KEYS)
def test_assignment(kind, seed):
    draw = random.Random(seed)
    key = kind(SHAPE, draw)
    for number, dtype in ((7, "float32"), (None, "int32"), (None, "float32")):
        reference = np.arange(np.prod(SHAPE), dtype=dtype).reshape(SHAPE)
        array = nd.array(reference, dtype=dtype)
        part = reference[key]
        if kind is advanced_key and len({*map(str, np.ravel(part))}) != part.size and number is None:
            continue  # several values for one place
        value = number if number is not None else -np.arange(part.size).reshape(part.shape) - 1
        reference[key] = value
        array[as_ours(key, draw)] = value if draw.random() < 0.5 else (
            value if number is not None else nd.array(value, dtype=dtype))
        assert np.array_equal(array.asnumpy(), reference), key


@pytest.mark.parametrize("kind, seed", KEYS)
def test_gradients(kind, seed):
    draw = random.Random(seed)
    key = kind(SHAPE, draw)
    expected = np.zeros(SHAPE, "float32")
    part = np.arange(np.prod(SHAPE)).reshape(SHAPE)[key]
    weights = np.random.RandomState(seed).randint(1, 9, part.shape).astype("float32")
    np.add.at(expected, key, weights)
    array = nd.ones(SHAPE)
    array.attach_grad()
    if part.size == 0:
        return
    with autograd.record():
        y = array[as_ours(key, draw)] * nd.array(weights.reshape(old_shape(part.shape)))
    y.backward()
    assert np.array_equal(array.grad.asnumpy(), expected), key


def test_rows():
    array = nd.array([[1, 2], [3, 4]])
    assert [row.asnumpy().tolist() for row in array] == [[1, 2], [3, 4]]
    assert [row.shape for row in nd.arange(3)] == [(1,)] * 3
    first, second = array
    assert second.asnumpy().tolist() == [3, 4]
    assert list(zip(array, range(2)))[1][0].asnumpy().tolist() == [3, 4]
    assert array[True].asnumpy().tolist() == [3, 4]
    array.attach_grad()
    with autograd.record():
        y = sum(row * i for i, row in enumerate(array))
    y.backward()
    assert array.grad.asnumpy().tolist() == [[0, 0], [1, 1]]


def test_keys_that_are_none():
    array = nd.arange(24).reshape((2, 3, 4))
    for key in (5, -3, (0, 5), [5], nd.array([-3])):
        with pytest.raises(IndexError):
            array[key]
    with pytest.raises(IndexError):
        array[0, 0, 0, 0]
    for key in (1.0, "a", {}):
        with pytest.raises(ValueError):
            array[key]
    with pytest.raises(ValueError):
        array[nd.array([1, 0], dtype="bool")]
    with pytest.raises(ValueError):
        array[::0]
    with pytest.raises((TypeError, AttributeError)):
        del array[0]


def test_float_arrays_name_places():
    array = nd.array([1, 2, 3, 4])
    assert array[nd.array([3, 0])].asnumpy().tolist() == [4, 1]
    assert array[array > 3].asnumpy().tolist() == [1, 1, 1, 2]  # not truths: places 0 and 1


def test_what_shares_memory():
    array = nd.zeros((3, 4))
    array[1][:] = 1
    array[0:1] += 2
    array[2, 3][:] = 3
    array.reshape((4, 3))[3] += 10
    assert array.asnumpy().tolist() == [[2] * 4, [1] * 4, [0, 10, 10, 13]]
    for copied in (array[:, 0], array.T, array[::2], array[[0]], array.copy(),
                   array.tostype("default"), array.reshape_like(nd.zeros((4, 3)))):
        copied[:] = 100
    assert array.asnumpy().max() == 13


@pytest.mark.parametrize("create", [nd.array, mx.np.array])
def test_slice_assign_writes_into_the_array_itself(create):
    array = create(np.ones((2, 3, 2), "float32"))
    part = create(np.full((1, 2, 2), 5, "float32"))
    assert array.slice_assign(part, (0, 0, None), (1, 2, None), (None, None, None)) is array
    assert array.slice_assign_scalar(7, (1, 2), (None, 0), (1, -2)) is array
    assert array.asnumpy().tolist() == [[[5, 5], [5, 5], [1, 1]], [[1, 1], [1, 1], [7, 7]]]


@pytest.mark.parametrize("target, source", [
    (slice(1, None), slice(None, -1)), (slice(None, -1), slice(1, None)),
    (slice(None), slice(None, None, -1)), (slice(None, None, 2), slice(None, 3))])
def test_assigning_a_part_to_another(target, source):
    for shape in ((6,), (6, 3)):
        reference = np.arange(np.prod(shape), dtype="float32").reshape(shape)
        array = nd.array(reference)
        reference[target] = reference[source].copy()
        array[target] = array[source]
        assert np.array_equal(array.asnumpy(), reference)


@pytest.mark.parametrize("value", [3, 2.5, np.float64(3), np.int8(2), [1, 2, 3, 4], np.arange(4),
                                   np.arange(12).reshape(3, 4), [[1], [2], [3]],
                                   np.ones((1, 3, 4)), nd.array([[4], [5], [6]])])
def test_values_broadcast_and_are_cast(value):
    for dtype in ("float32", "int32", "uint8"):
        array = nd.zeros((3, 4), dtype=dtype)
        reference = np.zeros((3, 4), dtype)
        array[:] = value
        reference[:] = value.asnumpy() if isinstance(value, mx.nd.NDArray) else value
        assert np.array_equal(array.asnumpy(), reference)


def test_values_that_do_not_fit():
    array = nd.zeros((3, 4))
    for key, value in ((1, nd.ones((2, 4))), (1, np.ones(5)), (slice(None), nd.ones((4, 3))),
                       ((1, 2), nd.array([3, 4])), ([0, 1], np.ones((3, 4)))):
        with pytest.raises(ValueError):
            array[key] = value
    for value in ("a", None, object()):
        with pytest.raises(TypeError):
            array[:] = value
    with pytest.raises(IndexError):
        array[5] = 1
    assert array.asnumpy().sum() == 0


def test_no_change_while_recording():
    array = nd.ones((3,))
    array.attach_grad()
    with autograd.record():
        y = array * 2
        free = nd.zeros((3,))
        free[:] = 1  # nothing was recorded about it
        with pytest.raises(mx.MXNetError):
            array[0] = 1
        with pytest.raises(mx.MXNetError):
            array += 1
        with pytest.raises(mx.MXNetError):
            y[:] = 1
    array[0] = 5
    assert array.asnumpy().tolist() == [5, 1, 1]


def test_all_of_a_zero_dimensional_array_is_written():
    with mx.np_shape():
        array = mx.nd.zeros(())
        array[:] = 3
        assert array.asscalar() == 3
        with pytest.raises(IndexError):
            array[1:] = 3
        with pytest.raises(IndexError):
            mx.np.zeros(())[:] = 3


@pytest.mark.parametrize('place', [5, -5])
@pytest.mark.parametrize('kind', [IndexError, mx.MXNetError])
def test_gather_nd_tells_of_places_outside(place, kind):
    with pytest.raises(kind, match=f'{place} is no place on axis 0'):
        nd.gather_nd(nd.array([[1, 2], [3, 4]]), nd.array([[place], [0]]))
