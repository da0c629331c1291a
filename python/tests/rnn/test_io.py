"""Sentences as numbers and in buckets; expected values are MXNet 1.9.1's but where a test says so."""
import random

import mxnet as mx
import numpy as np
import pytest

SENTENCES = [[1, 2, 3], [1, 2], [4, 5, 6], [7, 8], [9, 8, 7], [1], [1, 2, 3, 4, 5, 6], [3, 4], [2, 2]]


def test_words_get_numbers():
    words = [["a", "b"], ["b", "c"]]
    assert mx.rnn.encode_sentences(words) == ([[0, 1], [1, 2]], {"\n": -1, "a": 0, "b": 1, "c": 2})
    coded, vocab = mx.rnn.encode_sentences(words, invalid_label=1, invalid_key="no", start_label=0)
    assert coded == [[0, 2], [2, 3]] and vocab == {"no": 1, "a": 0, "b": 2, "c": 3}


def test_words_that_a_vocabulary_has_not():
    words, vocab = [["a", "x"], ["y", "b"]], {"a": 1, "b": 2}
    with pytest.raises(AssertionError, match="Unknown token x"):
        mx.rnn.encode_sentences(words, vocab=dict(vocab))
    # All unknown words have one number here; MXNet gives each a new one.
    assert mx.rnn.encode_sentences(words, vocab=dict(vocab), unknown_token="b")[0] == [[1, 2], [2, 2]]
    coded, grown = mx.rnn.encode_sentences(words, vocab=dict(vocab), unknown_token="z", start_label=1)
    assert coded == [[1, 3], [3, 2]] and grown == {**vocab, "z": 3}


@pytest.mark.parametrize("layout, batches", [
    ("NT", [(2, [[1, -1], [1, 2]], [[-1, -1], [2, -1]]),
            (3, [[1, 2, 3], [9, 8, 7]], [[2, 3, -1], [8, 7, -1]]),
            (2, [[7, 8], [3, 4]], [[8, -1], [4, -1]])]),
    ("TN", [(2, [[1, 1], [-1, 2]], [[-1, 2], [-1, -1]]),
            (3, [[1, 9], [2, 8], [3, 7]], [[2, 8], [3, 7], [-1, -1]]),
            (2, [[7, 3], [8, 4]], [[8, 4], [-1, -1]])]),
])
def test_batches_of_a_bucket(layout, batches, capsys):
    random.seed(0)
    np.random.seed(0)
    data = mx.rnn.BucketSentenceIter(SENTENCES, 2, buckets=[3, 2], layout=layout)
    assert "discarded 1 sentences" in capsys.readouterr().out
    shape = (2, 3) if layout == "NT" else (3, 2)
    assert data.provide_data == [mx.io.DataDesc("data", shape, layout=layout)]
    assert data.provide_label == [mx.io.DataDesc("softmax_label", shape, layout=layout)]
    assert (data.default_bucket_key, data.batch_size) == (3, 2)
    found = list(data)
    assert [(batch.bucket_key, batch.data[0].asnumpy().tolist(), batch.label[0].asnumpy().tolist())
            for batch in found] == batches
    assert found[0].provide_data[0].shape == (2, 2) and found[0].pad == 0
    assert next(data.__iter__(), None) is None
    data.reset()
    assert len(list(data)) == 3


def test_buckets_are_the_lengths_with_enough_sentences():
    assert mx.rnn.BucketSentenceIter(SENTENCES, 2).buckets == [2, 3]
    with pytest.raises(AssertionError, match="no length"):
        mx.rnn.BucketSentenceIter(SENTENCES, 100)
    with pytest.raises(ValueError, match="Invalid layout XX"):
        mx.rnn.BucketSentenceIter(SENTENCES, 2, layout="XX")


def test_a_bucket_without_sentences_is_no_mistake():
    data = mx.rnn.BucketSentenceIter([[1, 2], [3, 4]], 2, buckets=[2, 7])
    assert [batch.bucket_key for batch in data] == [2]
