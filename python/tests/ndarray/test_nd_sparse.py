"""Arrays of which only some rows or elements are stored: their storage."""
import pickle

import gluino as mx
import numpy as np
import pytest
from gluino import nd

DENSE = [[0, 1, 0, 2], [0, 0, 0, 0], [3, 0, 0, 4]]


def test_csr():
    for array in (nd.sparse.csr_matrix(([1, 2, 3, 4], [1, 3, 0, 3], [0, 2, 2, 4]), shape=(3, 4)),
                  nd.sparse.csr_matrix(np.array(DENSE)), nd.array(DENSE).tostype("csr")):
        assert type(array) is mx.nd.sparse.CSRNDArray and array.stype == "csr"
        assert array.shape == (3, 4) and array.asnumpy().tolist() == DENSE
        assert array.data.asnumpy().tolist() == [1, 2, 3, 4]
        assert array.indices.asnumpy().tolist() == [1, 3, 0, 3]
        assert array.indptr.asnumpy().tolist() == [0, 2, 2, 4]
        assert array.indices.dtype is array.indptr.dtype is np.int64
        assert repr(array) == "\n<CSRNDArray 3x4 @cpu(0)>"
    assert array[1:].asnumpy().tolist() == DENSE[1:]
    assert array[0].asnumpy().tolist() == DENSE[:1] and array[-1].stype == "csr"


def test_row_sparse():
    array = nd.sparse.row_sparse_array(([[3, 4], [1, 2]], [3, 1]), shape=(5, 2))
    assert type(array) is mx.nd.sparse.RowSparseNDArray and array.stype == "row_sparse"
    assert array.indices.asnumpy().tolist() == [1, 3]
    assert array.data.asnumpy().tolist() == [[1, 2], [3, 4]]
    assert array.retain(nd.array([3])).asnumpy().tolist() == [[0, 0]] * 3 + [[3, 4], [0, 0]]
    assert nd.sparse.retain(array, nd.array([0])).asnumpy().max() == 0
    assert array.tostype("default").stype == "default"
    with pytest.raises(mx.MXNetError):
        array.tostype("none such")


@pytest.mark.parametrize("stype", ["csr", "row_sparse"])
def test_both(stype):
    empty = nd.zeros((3, 4), stype=stype)
    assert empty.stype == stype and empty.asnumpy().max() == 0 and empty.data.shape[0] == 0
    assert nd.sparse.zeros(stype, (3, 4)).shape == nd.sparse.empty(stype, (3, 4)).shape == (3, 4)
    array = nd.array(DENSE).tostype(stype)
    for copied in (array.copy(), pickle.loads(pickle.dumps(array)), nd.sparse.array(array)):
        assert copied.stype == stype and copied.asnumpy().tolist() == DENSE
    assert array.astype("float64").dtype is np.float64
    empty[:] = array
    assert empty.stype == stype and empty.asnumpy().tolist() == DENSE
    empty[:] = 2
    assert empty.asnumpy().tolist() == [[2] * 4] * 3
    array.copyto(empty)
    assert empty.asnumpy().tolist() == DENSE
    dense = nd.zeros((3, 4))
    array.copyto(dense)
    assert dense.asnumpy().tolist() == DENSE
    assert (array * 2).asnumpy().tolist() == (np.array(DENSE) * 2).tolist()
    for wrong in (lambda: array.reshape((12,)), lambda: empty.__setitem__(0, 1),
                  lambda: empty.__setitem__(slice(None), nd.ones((2, 2)))):
        with pytest.raises((mx.MXNetError, ValueError)):
            wrong()
