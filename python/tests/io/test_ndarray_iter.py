"""NDArrayIter: which rows come in which batch."""
import numpy as np
import pytest

import gluino as mx


def epochs(it, count):
    result = []
    for _ in range(count):
        result.append([(b.data[0].asnumpy().tolist(), b.pad) for b in it])
        it.reset()
    return result


def test_pad_fills_the_last_batch_from_the_beginning():
    it = mx.io.NDArrayIter(np.arange(10.0), np.arange(10), 4)
    whole = [([0, 1, 2, 3], 0), ([4, 5, 6, 7], 0), ([8, 9, 0, 1], 2)]
    assert epochs(it, 2) == [whole, whole]


def test_discard_leaves_rows_out():
    it = mx.io.NDArrayIter(np.arange(10.0), None, 4, last_batch_handle="discard")
    assert epochs(it, 2) == [[([0, 1, 2, 3], 0), ([4, 5, 6, 7], 0)]] * 2


def test_roll_over_begins_the_next_epoch_with_what_was_left():
    it = mx.io.NDArrayIter(np.arange(10.0), None, 4, last_batch_handle="roll_over")
    assert epochs(it, 3) == [
        [([0, 1, 2, 3], 0), ([4, 5, 6, 7], 0)],
        [([8, 9, 0, 1], 2), ([2, 3, 4, 5], 0), ([6, 7, 8, 9], 0)],
        [([0, 1, 2, 3], 0), ([4, 5, 6, 7], 0)]]
    it.hard_reset()
    assert epochs(it, 1)[0][0] == ([0, 1, 2, 3], 0)


def test_an_epoch_left_early_leaves_nothing_over():
    it = mx.io.NDArrayIter(np.arange(10.0), None, 4, last_batch_handle="roll_over")
    it.next()
    it.reset()
    assert epochs(it, 1) == [[([0, 1, 2, 3], 0), ([4, 5, 6, 7], 0)]]


def test_batches_larger_than_the_data_repeat_it():
    it = mx.io.NDArrayIter(np.arange(10.0), batch_size=25)
    (rows, pad), = epochs(it, 1)[0]
    assert rows == np.resize(np.arange(10.0), 25).tolist() and pad == 15


def test_shuffling_follows_the_seed_and_keeps_data_and_labels_together():
    def orders(seed):
        mx.random.seed(seed)
        it = mx.io.NDArrayIter(np.arange(20.0), np.arange(20) * 10, 5, shuffle=True)
        rows = []
        for _ in range(2):
            for batch in it:
                assert (batch.label[0] == batch.data[0] * 10).asnumpy().all()
                rows += batch.data[0].asnumpy().tolist()
            it.reset()
        return rows

    first = orders(3)
    assert orders(3) == first and orders(4) != first
    assert sorted(first[:20]) == sorted(first[20:]) == list(range(20))
    assert first[:20] != first[20:]


def test_names_shapes_and_types():
    it = mx.io.NDArrayIter({"b": np.zeros((4, 2)), "a": np.zeros((4, 3), "int32")},
                           [np.arange(4), mx.nd.zeros((4, 1), dtype="int64")], 2)
    assert it.provide_data == [("a", (2, 3)), ("b", (2, 2))]
    assert it.provide_label == [("_0_softmax_label", (2,)), ("_1_softmax_label", (2, 1))]
    assert [d.dtype for d in it.provide_data + it.provide_label] == [
        np.float32, np.float32, np.float32, np.int64]
    batch = it.next()
    assert [d.dtype for d in batch.data + batch.label] == [
        np.float32, np.float32, np.float32, np.int64]


def test_samples_along_another_axis():
    data = np.arange(24.0).reshape(2, 4, 3)
    it = mx.io.NDArrayIter(data, np.arange(4), 3, layout="TNC")
    assert it.provide_data == [("data", (2, 3, 3))] and it.provide_data[0].layout == "TNC"
    batches = [b.data[0].asnumpy() for b in it]
    np.testing.assert_array_equal(batches[0], data[:, :3])
    np.testing.assert_array_equal(batches[1], data[:, [3, 0, 1]])


@pytest.mark.parametrize("handle", ["pad", "discard", "roll_over"])
@pytest.mark.parametrize("batch_size", [2, 3, 4])
def test_batches_may_be_written_to(batch_size, handle):
    source = mx.nd.array(np.arange(4.0))
    it = mx.io.NDArrayIter(source, source, batch_size, last_batch_handle=handle)
    before = [batch.data[0].asnumpy().tolist() for batch in it]
    it.hard_reset()
    for batch in it:
        batch.data[0][:] = 7
        batch.label[0] *= 0
    it.hard_reset()
    assert [batch.data[0].asnumpy().tolist() for batch in it] == before
    assert source.asnumpy().tolist() == [0, 1, 2, 3]
    it.hard_reset()
    source[:] = 7  # seen in what comes
    assert it.next().data[0].asnumpy().tolist() == [7] * batch_size


class Lazy:
    """As an h5py.Dataset: read by slices and rising lists of places, each once."""

    def __init__(self, array):
        self.array = array
        self.shape = array.shape
        self.dtype = array.dtype
        self.reads = []

    def __getitem__(self, key):
        key = key[0] if isinstance(key, tuple) else key
        if isinstance(key, list):
            assert all(a < b for a, b in zip(key, key[1:]))
        self.reads.append(key)
        return self.array[key]


@pytest.mark.parametrize("shuffle", [False, True])
def test_files_are_read_as_they_are_needed(shuffle):
    file = Lazy(np.arange(10).reshape(10, 1))
    mx.random.seed(1)
    it = mx.io.NDArrayIter(file, np.arange(10), 4, shuffle=shuffle)
    assert not file.reads
    for batch in it:
        np.testing.assert_array_equal(batch.data[0].asnumpy()[:, 0], batch.label[0].asnumpy())
        assert batch.data[0].dtype == np.float32
    assert len(file.reads) == 3


def test_iter_next_and_its_getters():
    it = mx.io.NDArrayIter(np.arange(6.0), np.arange(6), 4)
    with pytest.raises(AssertionError):
        it.getdata()
    assert it.iter_next() and it.getpad() == 0 and it.getindex() is None
    assert it.iter_next() and it.getpad() == 2
    assert it.getdata()[0].asnumpy().tolist() == it.getlabel()[0].asnumpy().tolist() == [4, 5, 0, 1]
    assert not it.iter_next() and not it.iter_next()
    with pytest.raises(AssertionError):
        it.getdata()
    with pytest.raises(StopIteration):
        it.next()


@pytest.mark.parametrize("error, arguments", [
    (AssertionError, {"data": None}),
    (AssertionError, {"data": []}),
    (AssertionError, {"data": {}}),
    (TypeError, {"data": "text"}),
    (TypeError, {"data": ["text"]}),
    (ValueError, {"data": np.zeros((3, 2)), "label": np.zeros(4)}),
    (ValueError, {"data": np.zeros((3, 2)), "last_batch_handle": "keep"}),
    (ValueError, {"data": np.zeros((3, 2)), "batch_size": 0}),
])
def test_what_does_not_fit_is_refused_at_once(error, arguments):
    with pytest.raises(error):
        mx.io.NDArrayIter(**arguments)


def test_csr_rows():
    dense = np.arange(12, dtype="float32").reshape(6, 2) % 5
    data = mx.nd.sparse.csr_matrix(dense)
    for shuffle in (False, True):
        it = mx.io.NDArrayIter(data, np.arange(6), 4, shuffle=shuffle, last_batch_handle="discard")
        (batch,) = it
        assert batch.data[0].stype == "csr"
        rows = batch.label[0].asnumpy().astype(int)
        np.testing.assert_array_equal(batch.data[0].asnumpy(), dense[rows])
    with pytest.raises(NotImplementedError):
        mx.io.NDArrayIter(data, np.arange(6), 4)


@pytest.mark.parametrize("last_batch_handle", ["pad", "discard", "roll_over"])
def test_rows_of_row_sparse_arrays_are_dense(last_batch_handle):
    dense = np.arange(21, dtype="float64").reshape(7, 3)
    dense[[0, 2, 5]] = 0
    sparse = mx.nd.array(dense, dtype="float64").tostype("row_sparse")
    iters = [mx.io.NDArrayIter(data, data, 3, last_batch_handle=last_batch_handle)
             for data in (sparse, dense)]
    for _ in range(3):
        for one, other in zip(*iters, strict=True):
            assert one.data[0].stype == "default" and one.data[0].dtype == np.float64
            np.testing.assert_array_equal(one.data[0].asnumpy(), other.data[0].asnumpy())
            np.testing.assert_array_equal(one.label[0].asnumpy(), other.label[0].asnumpy())
            assert one.pad == other.pad
        for it in iters:
            it.reset()


def test_row_sparse_arrays_in_random_order_along_an_axis_and_empty():
    dense = np.arange(12, dtype="float32").reshape(6, 2)
    dense[[1, 5]] = 0
    sparse = mx.nd.array(dense).tostype("row_sparse")
    found = np.concatenate([batch.data[0].asnumpy()
                            for batch in mx.io.NDArrayIter(sparse, batch_size=2, shuffle=True)])
    np.testing.assert_array_equal(found[np.lexsort(found.T)], dense[np.lexsort(dense.T)])
    first = next(mx.io.NDArrayIter(sparse, batch_size=1, layout="TN"))
    np.testing.assert_array_equal(first.data[0].asnumpy(), dense[:, :1])
    nothing = mx.nd.sparse.zeros("row_sparse", (4, 2))
    assert not next(mx.io.NDArrayIter(nothing, batch_size=3)).data[0].asnumpy().any()


def test_lists_in_place_of_arrays():
    batch = next(mx.io.NDArrayIter([[1, 2], (3, 4)], {"y": [5, 6]}, batch_size=2))
    assert [data.asnumpy().tolist() for data in batch.data] == [[1, 2], [3, 4]]
    assert batch.label[0].asnumpy().tolist() == [5, 6]
    with pytest.raises(TypeError, match="got float32"):
        mx.io.NDArrayIter(np.float32(3))
    with pytest.raises(ValueError, match="data: expected rows, got a scalar"):
        mx.io.NDArrayIter(np.array(3.0))
