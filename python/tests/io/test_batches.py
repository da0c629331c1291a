"""What iterators give, and iterators around others."""
import gc
import pickle
import threading
import time

import numpy as np
import pytest

import gluino as mx
from gluino.io import DataBatch, DataDesc, DataIter, NDArrayIter, PrefetchingIter, ResizeIter


def test_a_description_is_a_pair():
    desc = DataDesc("data", (2, 3), dtype="int32", layout="NC")
    assert desc == ("data", (2, 3)) and dict([desc]) == {"data": (2, 3)}
    assert str(desc) == repr(desc) == "DataDesc[data,(2, 3),int32,NC]"
    copy = pickle.loads(pickle.dumps(desc))
    assert (copy, copy.dtype, copy.layout) == (desc, "int32", "NC")
    assert DataDesc("x", (1,)).dtype == np.float32 and DataDesc("x", (1,)).layout == "NCHW"
    axes = [DataDesc.get_batch_axis(layout) for layout in ("NTC", "TNC", "X", None)]
    assert axes == [0, 1, -1, 0]
    assert DataDesc.get_list([("a", (1,))], [("a", np.int32)])[0].dtype == np.int32


def test_a_batch_says_its_shapes():
    data = [mx.nd.ones((2, 3)), mx.nd.ones((7, 8))]
    assert str(DataBatch(data)) == "DataBatch: data shapes: [(2, 3), (7, 8)] label shapes: None"
    assert str(DataBatch(data[:1], data[1:])) == (
        "DataBatch: data shapes: [(2, 3)] label shapes: [(7, 8)]")
    with pytest.raises(AssertionError):
        DataBatch(data[0])
    with pytest.raises(AssertionError):
        DataBatch(data, data[0])


class Counting(DataIter):
    """Written by a user, with the parts of a batch."""

    def __init__(self, end, fail_at=None):
        super().__init__(2)
        self.end, self.fail_at, self.at = end, fail_at, 0
        self.provide_data = [DataDesc("x", (2,))]
        self.provide_label = []

    def reset(self):
        self.at = 0

    def iter_next(self):
        self.at += 1
        if self.at == self.fail_at:
            raise KeyError("broken")
        return self.at <= self.end

    def getdata(self):
        return [mx.nd.full((2,), self.at)]

    def getlabel(self):
        return []

    def getpad(self):
        return 0


def values(it):
    return [batch.data[0].asnumpy()[0] for batch in it]


def test_iterators_of_users():
    it = Counting(3)
    assert values(it) == [1, 2, 3] and values(it) == []
    it.reset()
    assert values(it) == [1, 2, 3]


def test_resize_iter_makes_epochs_of_a_length():
    it = ResizeIter(Counting(3), 5)
    assert values(it) == [1, 2, 3, 1, 2] and values(it) == []
    it.reset()
    assert values(it) == [1, 2, 3, 1, 2]
    goes_on = ResizeIter(Counting(3), 2, reset_internal=False)
    assert values(goes_on) == [1, 2]
    goes_on.reset()
    assert values(goes_on) == [3, 1]
    assert it.provide_data == [("x", (2,))] and it.batch_size == 2


def test_prefetching_joins_batches():
    one = NDArrayIter(np.arange(6.0), np.arange(6), 4)
    two = NDArrayIter({"q": np.arange(6.0) * 2}, np.arange(6), 4)
    it = PrefetchingIter([one, two], rename_data=[{"data": "D"}, {"q": "Q"}],
                         rename_label=[{"softmax_label": "L1"}, {"softmax_label": "L2"}])
    assert [d.name for d in it.provide_data + it.provide_label] == ["D", "Q", "L1", "L2"]
    for _ in range(2):
        batches = list(it)
        assert [b.pad for b in batches] == [0, 2]
        for batch in batches:
            assert (batch.data[1] == batch.data[0] * 2).asnumpy().all()
            assert batch.provide_data == it.provide_data
        it.reset()
    it.next()
    it.reset()  # an epoch left early
    assert it.next().data[0].asnumpy().tolist() == [0, 1, 2, 3]


def test_prefetching_raises_where_the_batch_would_have_come():
    it = PrefetchingIter(Counting(5, fail_at=3))
    assert [it.next().data[0].asnumpy()[0] for _ in range(2)] == [1, 2]
    with pytest.raises(KeyError, match="broken"):
        it.next()
    it.iters[0].fail_at = None
    it.reset()
    assert values(it) == [1, 2, 3, 4, 5]
    with pytest.raises(AssertionError):
        list(PrefetchingIter([Counting(1), Counting(2)]))
    with pytest.raises(AssertionError):
        PrefetchingIter([])


def test_threads_end_with_their_iterator():
    def running():
        return sum(t.name == "PrefetchingIter" for t in threading.enumerate())

    before = running()
    for _ in range(5):
        it = PrefetchingIter(Counting(3))
        it.next()
        del it
    gc.collect()
    deadline = time.monotonic() + 5
    while running() > before and time.monotonic() < deadline:
        time.sleep(0.01)
    assert running() <= before
