"""Batches, made here, by threads and by processes."""
import itertools

import numpy as np
import pytest

import gluino as mx
from gluino.gluon import data
from gluino.gluon.data import dataloader
from gluino.gluon.data.vision import transforms

IMAGES = np.random.RandomState(0).randint(0, 256, (23, 6, 5, 1)).astype('uint8')


def pictures():
    return data.ArrayDataset(mx.nd.array(IMAGES, dtype='uint8'), np.arange(23, dtype='int32'))


def collected(loader):
    return [[field.asnumpy() for field in batch] for batch in loader]


def assert_same(first, second):
    assert len(first) == len(second)
    for a, b in zip(first, second):
        for x, y in zip(a, b):
            assert x.dtype == y.dtype
            np.testing.assert_array_equal(x, y)


def test_batches_of_tuples_are_lists():
    batch = next(iter(data.DataLoader(pictures(), 4)))
    assert isinstance(batch, list)
    assert batch[0].shape == (4, 6, 5, 1) and batch[0].dtype == np.uint8
    assert batch[1].shape == (4,) and batch[1].dtype == np.int32


def test_batches_of_single_items_are_arrays():
    batches = list(data.DataLoader(data.SimpleDataset(list(range(7))), 3))
    assert [batch.shape for batch in batches] == [(3,), (3,), (1,)]
    assert batches[0].dtype == np.int64
    assert next(iter(data.DataLoader(mx.nd.ones((4, 2)), 4))).shape == (4, 2)


@pytest.mark.parametrize('workers', [0, 1, 3])
@pytest.mark.parametrize('threads', [False, True])
@pytest.mark.parametrize('name', ['ours', 'lambda', 'user'])
def test_the_same_batches_for_any_number_of_workers(workers, threads, name):
    dataset = {
        'ours': lambda: pictures().transform_first(transforms.ToTensor()),
        'lambda': lambda: pictures().transform_first(lambda x: x.astype('float32') / 255),
        'user': lambda: data.SimpleDataset([(float(i), np.full(3, i)) for i in range(23)]),
    }[name]()
    mx.random.seed(3)
    loader = data.DataLoader(dataset, 4, shuffle=True, num_workers=workers, thread_pool=threads)
    epochs = [collected(loader), collected(loader)]
    mx.random.seed(3)
    alone = data.DataLoader(dataset, 4, shuffle=True)
    for epoch in epochs:
        assert_same(epoch, collected(alone))
    assert not np.array_equal(epochs[0][0][1], epochs[1][0][1])


@pytest.mark.parametrize('workers', [0, 2])
def test_random_transforms_follow_the_seed(workers):
    chain = transforms.Compose([transforms.RandomFlipLeftRight(), transforms.RandomFlipTopBottom(),
                                transforms.ToTensor()])
    results = []
    for transform in (chain, lambda x: chain(x)):
        dataset = pictures().transform_first(transform)
        for number in (0, workers):
            mx.random.seed(5)
            results.append(collected(data.DataLoader(dataset, 5, num_workers=number)))
    assert_same(results[0], results[1])
    assert_same(results[2], results[3])
    assert any(not np.array_equal(batch[0], IMAGES[i * 5:i * 5 + 5].transpose(0, 3, 1, 2) / 255)
               for i, batch in enumerate(results[0]))


def test_what_users_draw_in_workers_follows_the_seed():
    dataset = data.SimpleDataset(list(range(12))).transform(lambda x: x + np.random.rand())
    results = []
    for workers in (1, 2, 3):
        mx.random.seed(11)
        loader = data.DataLoader(dataset, 3, num_workers=workers)
        results.append(np.concatenate([batch.asnumpy() for batch in loader]))
    assert len(np.unique(results[0] % 1)) == 12
    np.testing.assert_array_equal(results[0], results[1])
    np.testing.assert_array_equal(results[0], results[2])


def test_an_option_of_mxnet_2_changes_nothing():
    plain, other = (collected(data.DataLoader(pictures(), 10, **options))
                    for options in ({}, {"try_nopython": True}))
    for ours, theirs in zip(plain, other):
        for field, same in zip(ours, theirs):
            np.testing.assert_array_equal(field, same)


def test_last_batch():
    for last_batch, sizes in [('keep', [9, 9, 5]), ('discard', [9, 9]), ('rollover', [9, 9])]:
        loader = data.DataLoader(pictures(), 9, last_batch=last_batch)
        assert len(loader) == len(sizes)
        assert [len(batch[1]) for batch in loader] == sizes


def test_samplers_of_ones_own():
    class Evens(data.Sampler):
        def __iter__(self):
            return iter(range(0, 23, 2))

        def __len__(self):
            return 12

    for workers in (0, 2):
        loader = data.DataLoader(pictures(), 5, sampler=Evens(), num_workers=workers)
        labels = np.concatenate([batch[1].asnumpy() for batch in loader])
        np.testing.assert_array_equal(labels, np.arange(0, 23, 2))
        loader = data.DataLoader(pictures(), batch_sampler=[[0, 1], [-1]], num_workers=workers)
        assert [batch[1].asnumpy().tolist() for batch in loader] == [[0, 1], [22]]


def test_endless_samplers_are_read_as_needed():
    for workers in (0, 2):
        endless = ([i % 23] for i in itertools.count())
        loader = iter(data.DataLoader(pictures().transform_first(lambda x: x),
                                      batch_sampler=endless, num_workers=workers))
        assert [next(loader)[1].asscalar() for _ in range(3)] == [0, 1, 2]
    loader = iter(data.DataLoader(data.SimpleDataset([1, 2]), batch_sampler=_Endless()))
    assert [int(next(loader).asscalar()) for _ in range(3)] == [1, 2, 1]


class _Endless:
    def __iter__(self):
        return ([i % 2] for i in itertools.count())

    def __len__(self):
        return 10**9


def test_batchify_functions():
    loader = data.DataLoader(data.SimpleDataset([1, 2, 3]), 2, batchify_fn=tuple, num_workers=1)
    assert list(loader) == [(1, 2), (3,)]
    ragged = data.SimpleDataset([np.ones(n, dtype='float32') for n in (1, 3, 2)])
    padded = next(iter(data.DataLoader(ragged, 3, batchify_fn=data.batchify.Pad(val=-1))))
    np.testing.assert_array_equal(padded.asnumpy(), [[1, -1, -1], [1, 1, 1], [1, 1, -1]])
    for value in (1.5, float('nan'), 2**40):
        with pytest.raises(ValueError, match='Pad: val: expected a number that int32 holds'):
            data.batchify.Pad(val=value)([np.ones(2, 'int32'), np.ones(3, 'int32')])


def test_default_batchify_keeps_types():
    fields = dataloader.default_batchify_fn([(1, 2., np.float32(3)), (4, 5., np.float32(6))])
    assert [field.dtype for field in fields] == [np.int64, np.float64, np.float32]
    with pytest.raises(TypeError, match='batchify_fn'):
        dataloader.default_batchify_fn(['a', 'b'])


def test_wrong_options():
    dataset = pictures()
    sampler = data.SequentialSampler(23)
    for options in [{}, {'batch_size': 2, 'shuffle': True, 'sampler': sampler},
                    {'batch_size': 2, 'last_batch': 'other'}, {'batch_size': 0},
                    {'batch_size': 2, 'batch_sampler': data.BatchSampler(sampler, 2)}]:
        with pytest.raises(ValueError):
            data.DataLoader(dataset, **options)
    with pytest.raises(AssertionError, match='timeout'):
        data.DataLoader(dataset, 2, timeout=0)


def test_derived_data_sets_are_asked_in_python():
    class Doubled(data.ArrayDataset):
        def __getitem__(self, idx):
            x, y = super().__getitem__(idx)
            return x, 2 * y

    dataset = Doubled(mx.nd.ones((4, 2)), np.arange(4))
    assert next(iter(data.DataLoader(dataset, 4)))[1].asnumpy().tolist() == [0, 2, 4, 6]


def test_hooks_of_transforms_are_called():
    calls = []
    transform = transforms.ToTensor()
    transform.register_forward_hook(lambda *args: calls.append(args))
    list(data.DataLoader(pictures().transform_first(transform), 4))
    assert len(calls) == 23


def test_reload():
    loader = data.DataLoader(pictures(), 4, num_workers=1, auto_reload=True)
    assert len(list(loader)) == len(list(loader)) == 6
    loader.refresh()
    loader.clean()
    assert len(list(loader)) == 6


def test_pinned_memory_without_a_gpu():
    batch = next(iter(data.DataLoader(pictures(), 4, pin_memory=True)))
    assert batch[0].shape == (4, 6, 5, 1)


def test_two_epochs_of_a_loader_at_once():
    loader = data.DataLoader(pictures().transform_first(lambda x: x), 5, num_workers=2)
    for a, b in zip(loader, loader):
        np.testing.assert_array_equal(a[1].asnumpy(), b[1].asnumpy())


def test_np_arrays():
    with mx.util.np_shape(True), mx.util.np_array(True):
        for workers in (0, 2):
            for transform in (transforms.ToTensor(), lambda x: x):
                loader = data.DataLoader(pictures().transform_first(transform), 4,
                                         num_workers=workers)
                assert all(isinstance(field, mx.np.ndarray) for field in next(iter(loader)))
