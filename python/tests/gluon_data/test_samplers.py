"""The order in which samples are visited."""
import pytest

import gluino as mx
from gluino.gluon import data


def test_sequential():
    assert list(data.SequentialSampler(3)) == [0, 1, 2]
    assert list(data.SequentialSampler(3, start=4)) == [4, 5, 6]
    assert len(data.SequentialSampler(3, start=4)) == 3


def test_random_visits_all_and_follows_the_one_seed():
    sampler = data.RandomSampler(100)
    mx.random.seed(7)
    first, second = list(sampler), list(sampler)
    assert sorted(first) == list(range(100))
    assert first != second
    mx.random.seed(7)
    assert list(sampler) == first


def test_filter():
    sampler = data.FilterSampler(lambda x: x % 2 == 0, data.SimpleDataset(list(range(9))))
    assert list(sampler) == [0, 2, 4, 6, 8]
    assert len(sampler) == 5


@pytest.mark.parametrize('last_batch, length, batches', [
    ('keep', 4, [[0, 1, 2], [3, 4, 5], [6, 7, 8], [9]]),
    ('discard', 3, [[0, 1, 2], [3, 4, 5], [6, 7, 8]]),
    ('rollover', 3, [[0, 1, 2], [3, 4, 5], [6, 7, 8]]),
])
def test_batches(last_batch, length, batches):
    sampler = data.BatchSampler(data.SequentialSampler(10), 3, last_batch)
    assert len(sampler) == length
    assert list(sampler) == batches


def test_rollover_begins_with_what_was_left():
    sampler = data.BatchSampler(data.SequentialSampler(10), 3, 'rollover')
    list(sampler)
    assert list(sampler) == [[9, 0, 1], [2, 3, 4], [5, 6, 7]]
    assert len(sampler) == 4


def test_wrong_options():
    with pytest.raises(ValueError, match='keep'):
        data.BatchSampler(data.SequentialSampler(3), 2, 'other')
    with pytest.raises(ValueError, match='batch_size'):
        data.BatchSampler(data.SequentialSampler(3), 0)
    with pytest.raises(NotImplementedError):
        len(data.Sampler())
