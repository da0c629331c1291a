"""What MXNet's older DataLoader is made of."""
import multiprocessing
import pickle
import queue

import numpy as np
import pytest

import gluino as mx
from gluino.gluon.data import dataloader


def test_loops():
    keys, batches, buffer = queue.Queue(), queue.Queue(), {}
    for entry in ((0, [1, 2]), (1, [0]), (None, None)):
        keys.put(entry)
    dataset = mx.gluon.data.SimpleDataset([mx.nd.array([i]) for i in range(4)])
    dataloader.worker_loop_v1(dataset, keys, batches, dataloader.default_batchify_fn)
    batches.put((None, None))
    dataloader.fetcher_loop_v1(batches, buffer)
    assert {number: batch.asnumpy().tolist() for number, batch in buffer.items()} == {
        0: [[1], [2]], 1: [[0]]}


@pytest.mark.parametrize("dtype", ["float32", "uint8", "float16"])
@pytest.mark.parametrize("shape", [(2, 3), (0, 4)])
def test_arrays_go_through_shared_memory(dtype, shape):
    values = np.arange(np.prod(shape)).reshape(shape).astype(dtype)
    for array, reduce in ((mx.nd.array(values, dtype=dtype), dataloader.reduce_ndarray),
                          (mx.np.array(values, dtype=dtype), dataloader.reduce_np_ndarray)):
        function, arguments = reduce(array)
        back = function(*arguments)
        assert type(back) is type(array) and back.dtype == array.dtype
        np.testing.assert_array_equal(back.asnumpy(), values)
    function, (pid, fd, _, dtype) = dataloader.reduce_ndarray(mx.nd.ones((2,)))
    with pytest.raises(ValueError, match="expected 4000 bytes"):
        function(pid, fd, (1000,), dtype)


@pytest.mark.parametrize("kind", [dataloader.Queue, dataloader.SimpleQueue])
def test_queues(kind):
    between = kind()
    between.put([mx.nd.array([1, 2]), "text"])
    array, text = between.get()
    assert array.asnumpy().tolist() == [1, 2] and text == "text"


def test_connections():
    first, second = map(dataloader.ConnectionWrapper, multiprocessing.Pipe())
    first.send({"x": mx.nd.array([3])})
    assert second.recv()["x"].asscalar() == 3 and not second.poll()
    with pytest.raises(AttributeError):
        pickle.loads(pickle.dumps(dataloader.ConnectionWrapper(None))).nothing
