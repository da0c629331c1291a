"""Gradients of which only some rows are stored."""
import gluino as mx
import numpy as np
import pytest

ROWS = [0, 2, 3]


def gradient():
    dense = np.zeros((5, 3), 'float32')
    dense[ROWS] = np.random.RandomState(1).randn(3, 3)
    return mx.nd.array(dense)


@pytest.mark.parametrize('name, options', [
    ('sgd', {}), ('sgd', {'momentum': 0.9}), ('adam', {}), ('adagrad', {}), ('ftrl', {}), ('nag', {}),
    ('lbsgd', {}), ('lbsgd', {'momentum': 0.9})], ids=str)
def test_rows_that_are_not_stored_stay(name, options):
    weights = []
    for grad in (gradient().tostype('row_sparse'), gradient()):
        weight = mx.nd.array(np.random.RandomState(0).randn(5, 3))
        before = weight.asnumpy()
        updater = mx.optimizer.get_updater(mx.optimizer.create(name, wd=0.1, **options))
        for _ in range(2):
            updater(0, grad, weight)
        weights.append(weight.asnumpy())
    sparse, dense = weights
    np.testing.assert_array_equal(sparse[ROWS], dense[ROWS])
    np.testing.assert_array_equal(sparse[[1, 4]], before[[1, 4]])
    assert (dense[[1, 4]] != before[[1, 4]]).any()


@pytest.mark.parametrize('name', ['sgd', 'adam'])
def test_without_lazy_update_all_rows_follow(name):
    weights = []
    for grad in (gradient().tostype('row_sparse'), gradient()):
        weight = mx.nd.ones((5, 3))
        updater = mx.optimizer.get_updater(mx.optimizer.create(name, wd=0.1, lazy_update=False))
        updater(0, grad, weight)
        weights.append(weight.asnumpy())
    np.testing.assert_array_equal(*weights)


def test_sparse_weights_need_all_of_their_rows():
    dense = mx.nd.array(np.random.RandomState(0).randn(5, 3))
    weight = dense.tostype('row_sparse')
    for each in (dense, weight):
        updater = mx.optimizer.get_updater(mx.optimizer.SGD(momentum=0.9, wd=0.1))
        for _ in range(2):
            updater(0, gradient().tostype('row_sparse'), each)
    np.testing.assert_array_equal(weight.asnumpy(), dense.asnumpy())
    with pytest.raises(ValueError, match='rows'):
        mx.optimizer.SGD().update(0, gradient().tostype('row_sparse'), gradient(), None)
