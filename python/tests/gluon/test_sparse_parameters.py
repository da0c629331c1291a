"""Parameters whose values or gradients are row_sparse."""
import gluino as mx
import numpy as np
import pytest
from gluino import autograd, gluon, nd


@pytest.mark.parametrize('hybrid', [False, True])
@pytest.mark.parametrize('name', ['sgd', 'adam'])
def test_embedding_of_which_rows_are_trained(name, hybrid):
    net = gluon.nn.Embedding(6, 2, sparse_grad=True)
    net.initialize(mx.init.One())
    if hybrid:
        net.hybridize()
    trainer = gluon.Trainer(net.collect_params(), name, {'learning_rate': 0.5, 'wd': 0.1})
    for _ in range(2):
        with autograd.record():
            loss = net(nd.array([1, 3, 1]))
        loss.backward()
        trainer.step(1)
    grad = net.weight.grad()
    assert grad.stype == 'row_sparse' and grad.indices.asnumpy().tolist() == [1, 3]
    assert grad.data.asnumpy().tolist() == [[2, 2], [1, 1]]
    weight = net.weight.data().asnumpy()
    assert (weight[[0, 2, 4, 5]] == 1).all() and (weight[[1, 3]] < 1).all()
    net.weight.zero_grad()
    assert grad.indices.shape == (0,)


@pytest.mark.parametrize('kvstore', [None, 'local'])
def test_sparse_embedding(kvstore):
    net = gluon.contrib.nn.SparseEmbedding(6, 2)
    net.initialize(mx.init.One())
    with pytest.raises(RuntimeError, match='Trainer'):
        net(nd.array([1]))
    trainer = gluon.Trainer(net.collect_params(), 'sgd', {'learning_rate': 0.5}, kvstore=kvstore)
    with autograd.record():
        loss = net(nd.array([1, 3, 1]))
    loss.backward()
    trainer.step(1)
    weight = net.weight.row_sparse_data(nd.arange(6))
    assert weight.stype == net.weight.grad().stype == 'row_sparse'
    assert weight.asnumpy()[:, 0].tolist() == [1, 0, 1, 0.5, 1, 1]


def test_several_devices_add_their_rows():
    parameter = gluon.Parameter('w', shape=(4, 1), grad_stype='row_sparse')
    places = [mx.cpu(0), mx.cpu(1)]
    parameter.initialize(mx.init.Zero(), ctx=places)
    trainer = gluon.Trainer([parameter], 'sgd', {'learning_rate': 1}, update_on_kvstore=False)
    with autograd.record():
        losses = [nd.Embedding(nd.array([i, 3], ctx=place), parameter.data(place), input_dim=4,
                               output_dim=1, sparse_grad=True) for i, place in enumerate(places)]
    autograd.backward(losses)
    trainer.step(1)
    for place in places:
        assert parameter.data(place).asnumpy()[:, 0].tolist() == [-1, -1, 0, -2]
        assert parameter.grad(place).indices.asnumpy().tolist() == [0, 1, 3]


def test_a_file_of_row_sparse_values(tmp_path):
    parameter = gluon.Parameter('w', shape=(4, 2), stype='row_sparse', grad_stype='row_sparse')
    parameter.initialize(mx.init.One())
    assert parameter.var().attr('__storage_type__') == '1'
    path = str(tmp_path / 'w.params')
    nd.save(path, {'w': nd.sparse.row_sparse_array(([[2, 3]], [1]), shape=(4, 2))})
    for stype in ('row_sparse', 'default'):
        params = gluon.ParameterDict()
        other = params.get('w', shape=(4, 2), stype=stype)
        params.load(path)
        assert other._data[0].stype == stype
        np.testing.assert_array_equal(other._data[0].asnumpy(), [[0, 0], [2, 3], [0, 0], [0, 0]])


def test_values_of_sparse_ones_are_taken_by_rows():
    parameter = gluon.Parameter('w', shape=(3, 2), stype='row_sparse')
    parameter.initialize()
    for ask in (parameter.data, parameter.list_data):
        with pytest.raises(RuntimeError, match='row_sparse_data'):
            ask()
    params = gluon.ParameterDict('net_')
    params.get('weight', shape=(5, 4), stype='row_sparse')
    dense = gluon.nn.Dense(5, params=params)
    dense.initialize()
    for hybrid in (False, True):
        dense.hybridize(hybrid)
        with pytest.raises(RuntimeError, match='row_sparse_data'):
            dense(nd.ones((2, 4)))
    rows = mx.sym.dot(mx.sym.var('x'), mx.sym.var('w', stype='row_sparse'))
    with pytest.raises(AssertionError, match="'w' is stored as row_sparse"):
        gluon.SymbolBlock(rows, mx.sym.var('x'))


def test_rows_of_zeros_are_trained_by_the_store(tmp_path):
    parameter = gluon.Parameter('w', shape=(3, 1), stype='row_sparse', grad_stype='row_sparse')
    parameter.initialize(mx.init.Zero())
    trainer = gluon.Trainer([parameter], 'sgd', {'learning_rate': 0.5})
    rows = nd.arange(3)
    with autograd.record():
        loss = parameter.row_sparse_data(rows) * 2
    loss.backward()
    trainer.step(1)
    assert trainer._update_on_kvstore is True
    assert parameter.row_sparse_data(rows).asnumpy().tolist() == [[-1], [-1], [-1]]
    trainer.save_states(str(tmp_path / 'states'))
    trainer.load_states(str(tmp_path / 'states'))


def test_who_updates_sparse_parameters():
    def prepared(wanted, **options):
        parameter = gluon.Parameter('w', shape=(3, 1), **options)
        parameter.initialize(ctx=[mx.cpu(0), mx.cpu(1)])
        trainer = gluon.Trainer([parameter], 'sgd', kvstore='local', update_on_kvstore=wanted)
        trainer._init_kvstore()
        return trainer._update_on_kvstore

    assert prepared(None) is True
    assert prepared(None, grad_stype='row_sparse') is False
    assert prepared(True, grad_stype='row_sparse') is True
    assert prepared(None, stype='row_sparse', grad_stype='row_sparse') is True
    with pytest.raises(ValueError, match='sparse'):
        prepared(False, stype='row_sparse', grad_stype='row_sparse')


@pytest.mark.parametrize('early', [False, True])
def test_of_the_rows_asked_for_no_others_are_given(early):
    parameter = gluon.Parameter('w', shape=(4, 2), stype='row_sparse', grad_stype='row_sparse')
    parameter.initialize(mx.init.One(), ctx=[mx.cpu(0), mx.cpu(1)])
    trainer = gluon.Trainer([parameter], 'sgd', {'learning_rate': 1})
    rows = nd.array([[3, 1], [3, 3]], ctx=mx.cpu(1))
    before = parameter.row_sparse_data(rows)
    with autograd.record():
        weight = before if early else parameter.row_sparse_data(rows)
        loss = nd.dot(nd.array([[5, 1, 6, 2]], ctx=mx.cpu(1)), weight)
    assert weight.context == mx.cpu(1) and weight.indices.asnumpy().tolist() == [1, 3]
    assert weight.asnumpy().tolist() == [[0, 0], [1, 1], [0, 0], [1, 1]]
    everywhere = parameter.list_row_sparse_data(nd.array([2]))
    assert [array.context for array in everywhere] == [mx.cpu(0), mx.cpu(1)]
    assert all(array.indices.asnumpy().tolist() == [2] for array in everywhere)
    loss.backward()
    grad = parameter.grad(mx.cpu(1))
    assert grad.stype == 'row_sparse' and grad.asnumpy()[[1, 3]].tolist() == [[1, 1], [2, 2]]
    trainer.step(1, ignore_stale_grad=True)
    trained = parameter.row_sparse_data(nd.array([0, 1, 3], ctx=mx.cpu(1))).asnumpy()
    assert trained[[0, 1, 3], 0].tolist() == [1, 0, -1]
