"""A module whose data are csr and whose weights are row_sparse: linear classification."""
import gluino as mx
import numpy as np
import pytest


def data():
    random = np.random.RandomState(0)
    x = (random.rand(20, 6) * (random.rand(20, 6) < 0.4)).astype('float32')
    x[:, 5] = 0
    return x, (x.sum(1) > 1).astype('float32')


def symbol(stype):
    x = mx.sym.Variable('data', stype='csr')
    weight = mx.sym.Variable('weight', shape=(6, 2), init=mx.init.Constant(0.1), stype=stype)
    bias = mx.sym.Variable('bias', shape=(2,), init=mx.init.Zero())
    scores = mx.sym.broadcast_add(mx.sym.sparse.dot(x, weight), bias)
    return mx.sym.SoftmaxOutput(scores, mx.sym.Variable('softmax_label'), name='out')


# Of MXNet 1.9.1.
WEIGHT = [[0.0142, 0.178], [-0.1446, 0.3368], [0.1034, 0.0887], [-0.0273, 0.2194],
          [-0.234, 0.4281], [0.1, 0.1]]


@pytest.mark.parametrize('kvstore', [None, 'made'])
@pytest.mark.parametrize('fit', [False, True])
def test_rows_without_data_stay(kvstore, fit):
    x, y = data()
    it = mx.io.NDArrayIter(mx.nd.sparse.csr_matrix(x), mx.nd.array(y), 5,
                           last_batch_handle='discard')
    module = mx.mod.Module(symbol('row_sparse'))
    optimizer = mx.optimizer.create('sgd', learning_rate=0.5, rescale_grad=1 / 5, wd=0.01)
    store = mx.kv.create('local') if kvstore else None
    rows = {'weight': mx.nd.arange(6, dtype='int64')}
    if fit:
        module.fit(it, num_epoch=2, optimizer=optimizer, kvstore=store,
                   sparse_row_id_fn=(lambda batch: rows) if store else None)
    else:
        module.bind(it.provide_data, it.provide_label)
        module.init_params()
        module.init_optimizer(optimizer=optimizer, kvstore=store)
        for _ in range(2):
            it.reset()
            for batch in it:
                module.prepare(batch, sparse_row_id_fn=(lambda batch: rows) if store else None)
                module.forward_backward(batch)
                module.update()
    if store:
        module.prepare(None, sparse_row_id_fn=lambda batch: rows)
    weight = module.get_params()[0]['weight'].asnumpy()
    np.testing.assert_allclose(weight, WEIGHT, atol=1e-4)


def embedding(sparse_grad):
    rows = mx.sym.Embedding(mx.sym.var('data'), mx.sym.var('rows_weight'), input_dim=10,
                            output_dim=4, sparse_grad=sparse_grad)
    out = mx.sym.FullyConnected(rows, num_hidden=1, name='fc')
    return mx.sym.LinearRegressionOutput(out, mx.sym.var('label'))


# Of MXNet 1.9.1: rows that a batch does not look up neither decay nor move by their momentum.
LOOKED_UP = [1, 0.800425, 0.89, 0.79, 0.97112, 0.97112, 0.95224, 1, 1, 1]


@pytest.mark.parametrize('kvstore, contexts', [(None, 1), (None, 2), ('local', 1), ('local', 2),
                                               ('made', 1), ('made', 2)])
def test_rows_that_are_not_looked_up_stay(kvstore, contexts):
    module = mx.mod.Module(embedding(True), label_names=['label'],
                           context=[mx.cpu(i) for i in range(contexts)])
    module.bind([('data', (4,))], [('label', (4, 1))])
    module.init_params(mx.init.One())
    module.init_optimizer(
        mx.kv.create('local') if kvstore == 'made' else kvstore, 'sgd',
        {'learning_rate': 0.1, 'momentum': 0.9, 'wd': 0.1, 'rescale_grad': 1 / 3})
    for rows in ([1, 2, 3, 3], [4, 5, 6, 6], [1, 1, 1, 1]):
        module.forward(mx.io.DataBatch([mx.nd.array(rows)], [mx.nd.ones((4, 1))]), is_train=True)
        module.backward()
        module.update()
    weight = module.get_params()[0]['rows_weight'].asnumpy()
    np.testing.assert_allclose(weight[:, 0], LOOKED_UP, atol=1e-5)


def test_gradients_are_stored_as_mxnet_stores_them():
    def stype(out, **shapes):
        return out.simple_bind(mx.cpu(), **shapes).grad_dict['w'].stype

    x, w, i = mx.sym.var('x', stype='csr'), mx.sym.var('w'), mx.sym.var('i')
    assert stype(mx.sym.dot(x, w), x=(3, 4), w=(4, 2)) == 'row_sparse'
    assert stype(mx.sym.dot(x, w, transpose_a=True), x=(3, 4), w=(3, 2)) == 'default'
    assert stype(mx.sym.dot(i, w), i=(3, 4), w=(4, 2)) == 'default'
    rows = mx.sym.Embedding(i, w, input_dim=4, output_dim=2, sparse_grad=True)
    assert stype(rows, i=(3,)) == 'row_sparse'
    assert stype(mx.sym.sum(rows) + mx.sym.sum(w), i=(3,)) == 'default'
    executor = rows.simple_bind(mx.cpu(), i=(3,), grad_req={'w': 'write'})
    other = executor.reshape(i=(2,))
    other.forward(True, i=mx.nd.array([3, 1]))
    other.backward([mx.nd.ones((2, 2))])
    assert other.grad_dict['w'].indices.asnumpy().tolist() == [1, 3]
