"""Checks of symbols and arrays that are sparse."""
import gluino as mx
import numpy as np
import pytest
from gluino import test_utils

X = np.array([[0, 1, 0], [2, 0, 3], [0, 0, 4]], 'float32')


def test_gradients_are_stored_as_asked():
    product = mx.sym.sparse.dot(mx.sym.var('x'), mx.sym.var('w'))
    location = {'x': mx.nd.array(X).tostype('csr'), 'w': mx.nd.ones((3, 2))}
    test_utils.check_numeric_gradient(product, location, grad_nodes={'w': 'write'},
                                      grad_stype_dict={'w': 'row_sparse'}, rtol=1e-2, atol=1e-3)
    test_utils.check_symbolic_forward(product, location, [X @ np.ones((3, 2))])
    for req, times in (('write', 1), ('add', 1)):
        found = test_utils.check_symbolic_backward(
            product, location, [np.ones((3, 2), 'float32')], {'w': times * X.T @ np.ones((3, 2))},
            grad_req={'x': 'null', 'w': req}, grad_stypes={'w': 'row_sparse', 'x': 'default'})
        assert found['w'].stype == 'row_sparse'


def test_columns_out_of_order():
    array, (starts, columns, values) = test_utils.rand_sparse_ndarray(
        (6, 9), 'csr', density=0.8, shuffle_csr_indices=True)
    assert starts.shape == (7,) and columns.shape == values.shape
    dense = array.asnumpy()
    np.testing.assert_array_equal((array + array).asnumpy(), 2 * dense)
    np.testing.assert_allclose(mx.nd.dot(array, mx.nd.ones((9, 1))).asnumpy()[:, 0], dense.sum(1),
                               rtol=1e-5)


@pytest.mark.parametrize('shape, density, counts', [
    ((4, 100), 0.1, [2, 4, 8, 16]), ((3, 4), 0.9, [2, 4, 4]), ((3, 100), 0.04, [2, 4, 6])])
def test_rows_that_double(shape, density, counts):
    array, (starts, columns, _) = test_utils.rand_sparse_ndarray(
        shape, 'csr', density=density, distribution='powerlaw')
    assert np.diff(starts.asnumpy()).tolist() == counts
    assert columns.asnumpy().tolist() == [i for count in counts for i in range(count)]
    assert (array.data.asnumpy() > 1).all()


def test_distributions_that_are_none():
    for stype, density, distribution in (('csr', 0.01, 'powerlaw'), ('csr', 0.5, 'normal'),
                                         ('row_sparse', 0.5, 'powerlaw')):
        with pytest.raises(ValueError, match='powerlaw'):
            test_utils.rand_sparse_ndarray((5, 5), stype, density, distribution=distribution)


@pytest.mark.parametrize("density", [-0.1, 1.5, float("nan")])
def test_a_density_is_a_share(density):
    with pytest.raises(ValueError, match="density: expected a number from 0 to 1, got"):
        test_utils.rand_sparse_ndarray((5, 4), "csr", density)


def test_arrays_of_no_rows_and_of_those_named():
    empty = test_utils.create_sparse_array_zd((3, 4), "row_sparse", density=0)
    assert empty.stype == "row_sparse" and empty.indices.shape == (0,)
    for rows in ([], [0, 2], np.array([2, 0]), mx.nd.array([0, 2])):
        array, (_, there) = test_utils.rand_sparse_ndarray((3, 4), "row_sparse", rsp_indices=rows)
        assert there.tolist() == [0, 2][:len(rows)]
        assert (array.asnumpy().any(axis=1).nonzero()[0] == there).all()
