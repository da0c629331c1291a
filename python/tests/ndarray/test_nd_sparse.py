"""Arrays of which only some rows or elements are stored: their storage. Values are MXNet 1.9.1's."""
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
    assert array.indices.asnumpy().tolist() == [3, 1]  # as they were given
    assert array.data.asnumpy().tolist() == [[3, 4], [1, 2]]
    assert array.asnumpy().tolist() == [[0, 0], [1, 2], [0, 0], [3, 4], [0, 0]]
    assert array.retain(nd.array([3])).asnumpy().tolist() == [[0, 0]] * 3 + [[3, 4], [0, 0]]
    kept = nd.sparse.retain(array, nd.array([0, 3]))
    assert kept.indices.asnumpy().tolist() == [0, 3]  # also the row that was not there
    assert kept.data.asnumpy().tolist() == [[0, 0], [3, 4]]
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


def test_types_and_shapes_follow_what_is_given():
    matrix = nd.sparse.csr_matrix
    assert matrix(([1, 2, 3], [0, 2, 1], [0, 2, 2, 3])).shape == (3, 3)
    assert matrix(np.eye(3)).dtype is np.float64 and matrix([[0, 1]]).dtype is np.float32
    assert matrix((np.array([1]), [0], [0, 1])).dtype is np.int64
    assert matrix(np.eye(3), dtype="float16").dtype is np.float16
    assert matrix((3, 4), dtype="int32").dtype is np.int32
    assert matrix(matrix(np.eye(3)), dtype="float32").dtype is np.float32
    rows = nd.sparse.row_sparse_array
    assert rows(([[1, 2], [3, 4]], [1, 3])).shape == (4, 2)
    assert rows((3, 4, 2)).shape == (3, 4, 2)
    assert rows(([[1]], [0]), ctx=mx.cpu(1), shape=(2, 1)).context == mx.cpu(1)
    for wrong in (lambda: matrix(rows(np.eye(2))), lambda: matrix(np.eye(3), shape=(2, 2)),
                  lambda: matrix((1, 2, 3, 4)), lambda: rows((3,)), lambda: rows(matrix(np.eye(2))),
                  lambda: nd.sparse.array(nd.ones((2, 2))), lambda: nd.sparse.zeros("none", (2, 2))):
        with pytest.raises(ValueError):
            wrong()


def test_elements_by_row_and_column():
    array = nd.sparse.csr_matrix(([1, 2, 3, 4], ([2, 0, 2, 2], [1, 3, 0, 1])), shape=(3, 4))
    assert array.asnumpy().tolist() == [[0, 0, 0, 2], [0, 0, 0, 0], [3, 5, 0, 0]]
    array.check_format()
    assert nd.sparse.csr_matrix(([1], ([0], [2]))).shape == (1, 3)
    with pytest.raises(ValueError):
        nd.sparse.csr_matrix(([1], ([2], [0])), shape=(2, 2))


def test_scipy():
    scipy = pytest.importorskip("scipy.sparse")
    matrix = scipy.random(5, 4, 0.3, format="coo", dtype="float32", random_state=1)
    for array in (nd.sparse.csr_matrix(matrix), nd.sparse.array(matrix.tocsc()), nd.array(matrix)):
        assert array.stype == "csr" and array.dtype is np.float32
        np.testing.assert_array_equal(array.asnumpy(), matrix.toarray())
        np.testing.assert_array_equal(array.asscipy().toarray(), matrix.toarray())


@pytest.mark.parametrize("parts", [
    ([0, 2, 1], [0, 5, 2, 3]), ([2, 1, 1], [0, 2, 2, 3]), ([1, 2, 1], [0, 2, 2, 4]),
    ([0, 2, -1], [0, 2, 2, 3]), ([0, 2, 5], [0, 2, 2, 3])])
def test_parts_that_do_not_fit(parts):
    with pytest.raises(mx.MXNetError, match="expected"):
        nd.sparse.csr_matrix(([7, 8, 9], *parts), shape=(3, 4)).check_format()


@pytest.mark.parametrize("rows", [[1, 4], [1, 0], [1, -2], [1, 1]])
def test_rows_that_do_not_fit(rows):
    with pytest.raises(mx.MXNetError, match="expected"):
        nd.sparse.row_sparse_array(([[1, 2], [3, 4]], rows), shape=(3, 2)).check_format()


def test_keys():
    array = nd.array(DENSE).tostype("csr")
    for wrong in (slice(0, 3, 2), slice(None, None, -1), (0, 1)):
        with pytest.raises(ValueError):
            array[wrong]
    with pytest.raises(IndexError):
        array[3]
    rows = nd.array(DENSE).tostype("row_sparse")
    assert rows[:] is rows
    with pytest.raises(ValueError):
        rows[1]


def test_files_keep_how_it_is_stored(tmp_path):
    path = str(tmp_path / "x.params")
    dense = nd.array(DENSE)
    nd.save(path, {"csr": dense.tostype("csr"), "rows": dense.tostype("row_sparse"), "all": dense})
    loaded = nd.load(path)
    assert {name: type(array) for name, array in loaded.items()} == {
        "csr": mx.nd.sparse.CSRNDArray, "rows": mx.nd.sparse.RowSparseNDArray, "all": mx.nd.NDArray}
    for array in loaded.values():
        assert array.asnumpy().tolist() == DENSE
