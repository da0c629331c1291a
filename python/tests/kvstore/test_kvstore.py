"""Stores: sums over copies, updates in the store, what is refused."""
import gc
import pickle
import weakref

import gluino as mx
import numpy as np
import pytest

SHAPE = (2, 3)


@pytest.fixture(autouse=True)
def registry_as_it_was():
    registry = mx.kv.KVStoreBase.kv_registry
    before = dict(registry)
    yield
    registry.clear()
    registry.update(before)


def ones(**kwargs):
    return mx.nd.ones(SHAPE, **kwargs)


def pulled(store, key):
    out = mx.nd.zeros(SHAPE)
    store.pull(key, out=out)
    return out.asnumpy()


@pytest.fixture(params=['local', 'device'])
def store(request):
    return mx.kv.create(request.param)


def test_kinds():
    for name in ('local', 'device', 'LOCAL', 'local_update_cpu', 'local_allreduce_cpu',
                 'local_allreduce_device'):
        store = mx.kv.create(name)
        assert (store.type, store.rank, store.num_workers) == (name.lower(), 0, 1)
        assert store.is_capable(mx.kv.KVStoreBase.OPTIMIZER)
        with pytest.raises(ValueError):
            store.is_capable('speed')
    with pytest.raises(TypeError):
        mx.kv.create(3)
    with pytest.raises(mx.MXNetError, match='nope'):
        mx.kv.create('nope')
    for name in ('dist_async', 'dist_async_device', 'horovod', 'byteps', 'p3'):
        with pytest.raises(NotImplementedError, match="'dist_sync'"):
            mx.kv.create(name)


def test_single_key(store):
    store.init(3, ones() * 4)
    assert (pulled(store, 3) == 4).all()
    store.push(3, ones() * 8)
    assert (pulled(store, 3) == 8).all()


def test_copies_are_summed(store):
    store.init('a', mx.nd.zeros(SHAPE))
    copies = [mx.nd.ones(SHAPE, ctx=mx.cpu(i)) for i in range(4)]
    store.push('a', copies)
    outs = [mx.nd.zeros(SHAPE, ctx=mx.cpu(i)) for i in range(4)]
    store.pull('a', out=outs)
    for i, out in enumerate(outs):
        assert (out.asnumpy() == 4).all() and out.context == mx.cpu(i)


def test_several_keys(store):
    keys = ['b', 'c', 'd']
    store.init(keys, [ones()] * 3)
    store.push(keys, [[ones(), ones()]] * 3)
    outs = [mx.nd.zeros(SHAPE) for _ in keys]
    store.pull(keys, out=outs)
    assert all((out.asnumpy() == 2).all() for out in outs)


def test_pushpull_and_broadcast(store):
    out = mx.nd.zeros(SHAPE)
    store.broadcast('a', ones() * 3, out)
    assert (out.asnumpy() == 3).all()
    store.pushpull('a', [ones(), ones()], out=out)
    assert (out.asnumpy() == 2).all()
    copies = [ones(), ones() * 2]
    store.pushpull('a', copies)
    assert all((each.asnumpy() == 3).all() for each in copies)


def test_mistakes(store):
    store.init(3, ones())
    for mistake in (lambda: store.init(3, ones()), lambda: store.pull(9, out=ones()),
                    lambda: store.push(9, ones()), lambda: store.init('x', ones()),
                    lambda: store.push(3, mx.nd.ones((3,)))):
        with pytest.raises(mx.MXNetError):
            mistake()
    for mistake in (lambda: store.pull(3), lambda: store.init([6, 7], [ones()])):
        with pytest.raises(AssertionError):
            mistake()
    assert (pulled(store, 3) == 1).all()


def test_numpys_numbers_are_keys(store):
    store.init(np.int64(5), ones())
    assert (pulled(store, 5) == 1).all()
    with pytest.raises(TypeError):
        store.pull(2.5, out=ones())


@pytest.mark.parametrize('keys', [[5, 7], ['a', 'b']])
def test_updater(store, keys):
    seen = []

    def double(key, pushed, stored):
        seen.append(key)
        stored += pushed * 2

    store._set_updater(double)
    store.init(keys, [ones(), ones()])
    store.push(keys, [ones(), [ones(), ones()]])
    assert seen == keys
    assert (pulled(store, keys[0]) == 3).all()
    assert (pulled(store, keys[1]) == 5).all()
    store._set_updater(None)
    store.push(keys[0], ones())
    assert (pulled(store, keys[0]) == 1).all()


def test_an_exception_in_an_updater_arrives(store):
    def broken(key, pushed, stored):
        raise ZeroDivisionError('boo')

    store._set_updater(broken)
    store.init('a', ones())
    with pytest.raises(ZeroDivisionError, match='boo'):
        store.push('a', ones())
    assert (pulled(store, 'a') == 1).all()


def test_optimizer(store, tmp_path):
    store.init('w', ones())
    store.set_optimizer(mx.optimizer.SGD(learning_rate=0.1, momentum=0.9))
    store.push('w', [ones(), ones()])
    np.testing.assert_allclose(pulled(store, 'w'), 0.8)
    path = str(tmp_path / 'states')
    store.save_optimizer_states(path, dump_optimizer=True)
    store.push('w', ones())
    expected = pulled(store, 'w')

    other = mx.kv.create('local')
    other.init('w', ones() * 0.8)
    other.set_optimizer(pickle.loads(pickle.dumps(mx.optimizer.SGD())))
    other.load_optimizer_states(path)
    other.push('w', ones())
    np.testing.assert_allclose(pulled(other, 'w'), expected)
    with pytest.raises(AssertionError):
        mx.kv.create('local').save_optimizer_states(path)


def test_a_store_that_its_updater_leads_back_to_is_let_go(store):
    optimizer = mx.optimizer.SGD()
    optimizer.owner = store = mx.kv.create(store.type)
    store.set_optimizer(optimizer)
    store.init('w', ones())
    store.push('w', ones())
    gone = weakref.ref(store)
    del store, optimizer
    gc.collect()
    assert gone() is None


def test_what_is_refused(store):
    store.init('w', ones())
    with pytest.raises(mx.MXNetError, match='compression'):
        store.set_gradient_compression({'type': '2bit'})
    with pytest.raises(mx.MXNetError, match='row_sparse'):
        store.row_sparse_pull('w', out=ones(), row_ids=mx.nd.array([0]))
    with pytest.raises(NotImplementedError, match="'dist_sync'"):
        mx.kv.KVStoreServer(store)


def test_rows_of_a_sparse_value():
    store = mx.kv.create()
    dense = mx.nd.array(np.arange(8).reshape(4, 2) + 1)
    store.init('w', dense.tostype('row_sparse'))
    out = mx.nd.sparse.zeros('row_sparse', (4, 2))
    store.pull('w', out=out)
    assert out.indices.shape == (0,)  # pull leaves sparse values out unless told
    store.pull('w', out=out, ignore_sparse=False)
    np.testing.assert_array_equal(out.asnumpy(), dense.asnumpy())
    others = [mx.nd.sparse.zeros('row_sparse', (4, 2)) for _ in range(2)]
    store.row_sparse_pull('w', out=others, row_ids=[mx.nd.array([0, 2, 0]), mx.nd.array([3])])
    assert [other.indices.asnumpy().tolist() for other in others] == [[0, 2], [3]]
    rows = mx.nd.sparse.row_sparse_array(([[1, 1]], [2]), shape=(4, 2))
    store.push('w', [rows, rows])
    store.row_sparse_pull('w', out=out, row_ids=mx.nd.arange(4))
    assert out.asnumpy().tolist() == [[0, 0], [0, 0], [2, 2], [0, 0]]


def test_a_store_of_a_users_own():
    @mx.kv.KVStoreBase.register
    class Mine(mx.kv.KVStoreBase):
        @property
        def type(self):
            return 'mine'

    mine = mx.kv.create('MINE')
    assert mine.type == 'mine'
    for call in (lambda: mine.broadcast(1, 2, 3), lambda: mine.pushpull(1, 2),
                 lambda: mine.set_optimizer(1), lambda: mine.rank, lambda: mine.num_workers,
                 lambda: mine.is_capable('optimizer')):
        with pytest.raises(NotImplementedError):
            call()


def test_teststore():
    store = mx.kv.create('teststore')
    out = mx.nd.zeros(SHAPE)
    store.broadcast('a', ones(), out)
    assert (out.asnumpy() == 1).all()
    store.pushpull('a', [ones(), ones()], out=out)
    assert (out.asnumpy() == 2).all()
    assert not store.is_capable('optimizer')
    with pytest.raises(NotImplementedError):
        store.set_optimizer(None)


def test_pull_leaves_sparse_arrays_alone():
    store = mx.kv.create("local")
    store.init("w", mx.nd.zeros((2, 3)))
    sparse = mx.nd.ones((2, 3)).tostype("row_sparse")
    store.pull("w", out=sparse)
    assert (sparse.asnumpy() == 1).all()
    store.pull("w", out=sparse, ignore_sparse=False)
    assert not sparse.asnumpy().any()


def test_pull_writes_a_sparse_value_to_a_dense_array():
    store = mx.kv.create("local")
    store.init("w", mx.nd.ones((2, 3)).tostype("row_sparse"))
    out = mx.nd.zeros((2, 3))
    store.pull("w", out=out)
    assert (out.asnumpy() == 1).all()
