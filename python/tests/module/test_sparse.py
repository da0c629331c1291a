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
