"""Sentences for recurrent nets: words as numbers, and batches of sentences of like lengths."""
import bisect
import itertools
import random

import numpy as np

from ..io import DataBatch, DataDesc, DataIter
from ..ndarray import array

__all__ = ['BucketSentenceIter', 'encode_sentences']


def encode_sentences(sentences, vocab=None, invalid_label=-1, invalid_key='\n', start_label=0,
                     unknown_token=None):
    """Sentences, lists of words, as lists of numbers; and the number of each word.

    Parameters
    ----------
    sentences : list of list of str
    vocab : dict of str to int, optional
        The words that there are. Others are an AssertionError, or all count as `unknown_token`.
        Without it each new word gets the next number.
    invalid_label, invalid_key : int, str
        A number that no word gets, and what stands for it in the dictionary.
    start_label : int
        The number of the first word.
    unknown_token : str, optional

    Returns
    -------
    (list of list of int, dict)
    """
    grows = vocab is None
    if grows:
        vocab = {invalid_key: invalid_label}
    taken = {invalid_label, *vocab.values()}
    numbers = (number for number in itertools.count(start_label) if number not in taken)

    def number_of(word):
        if word not in vocab and not grows:
            assert unknown_token is not None, f'Unknown token {word}'
            word = unknown_token
        if word not in vocab:
            vocab[word] = next(numbers)
        return vocab[word]

    return [[number_of(word) for word in sentence] for sentence in sentences], vocab


class BucketSentenceIter(DataIter):
    """Batches of sentences, filled up to the length of a bucket; the label of a word is the word
    that follows. Each epoch has them in another order, by Python's `random` and NumPy's.

    Parameters
    ----------
    sentences : list of list of int
        As :func:`encode_sentences` gives them.
    batch_size : int
    buckets : list of int, optional
        The lengths; by default those of which there are enough sentences for a batch. Sentences
        longer than all are left out, and so are those that make no whole batch.
    invalid_label : int
        What fills up sentences, and is the label of the last word.
    data_name, label_name : str
    dtype : str
    layout : str
        "NT" or "TN".
    """

    def __init__(self, sentences, batch_size, buckets=None, invalid_label=-1, data_name='data',
                 label_name='softmax_label', dtype='float32', layout='NT'):
        super().__init__(batch_size)
        if sorted(layout) != ['N', 'T']:
            raise ValueError(f'Invalid layout {layout}; expected NT (samples first) or TN (steps '
                             'first)')
        if not buckets:
            counts = np.bincount([len(sentence) for sentence in sentences])
            buckets = [length for length, count in enumerate(counts) if count >= batch_size]
        buckets = sorted(buckets)
        assert buckets, 'BucketSentenceIter: no length has enough sentences for a batch'
        rows = [[] for _ in buckets]
        left_out = 0
        for sentence in sentences:
            place = bisect.bisect_left(buckets, len(sentence))
            if place == len(buckets):
                left_out += 1
                continue
            row = np.full((buckets[place],), invalid_label, dtype=dtype)
            row[:len(sentence)] = sentence
            rows[place].append(row)
        if left_out:
            print(f'WARNING: discarded {left_out} sentences, longer than all buckets.')
        self.data = [np.asarray(part, dtype=dtype).reshape((-1, length))
                     for part, length in zip(rows, buckets)]
        self.buckets = buckets
        self.data_name = data_name
        self.label_name = label_name
        self.dtype = dtype
        self.invalid_label = invalid_label
        self.layout = layout
        self.major_axis = layout.find('N')
        self.default_bucket_key = max(buckets)
        self.provide_data = [self._description(data_name, self.default_bucket_key)]
        self.provide_label = [self._description(label_name, self.default_bucket_key)]
        self.idx = [(i, first) for i, part in enumerate(self.data)
                    for first in range(0, len(part) - batch_size + 1, batch_size)]
        self.curr_idx = 0
        self.reset()

    def _description(self, name, length):
        shape = (self.batch_size, length)
        return DataDesc(name, shape if self.major_axis == 0 else shape[::-1], layout=self.layout)

    def reset(self):
        """Begins a new epoch in another order."""
        self.curr_idx = 0
        random.shuffle(self.idx)
        self.nddata, self.ndlabel = [], []
        for part in self.data:
            np.random.shuffle(part)
            following = np.full_like(part, self.invalid_label)
            following[:, :-1] = part[:, 1:]
            self.nddata.append(array(part, dtype=self.dtype) if len(part) else None)
            self.ndlabel.append(array(following, dtype=self.dtype) if len(part) else None)

    def next(self):
        """The next DataBatch, with the length of its sentences as `bucket_key`."""
        if self.curr_idx == len(self.idx):
            raise StopIteration
        i, first = self.idx[self.curr_idx]
        self.curr_idx += 1
        data, label = (part[i][first:first + self.batch_size]
                       for part in (self.nddata, self.ndlabel))
        if self.major_axis == 1:
            data, label = data.T, label.T
        length = self.buckets[i]
        return DataBatch([data], [label], pad=0, bucket_key=length,
                         provide_data=[self._description(self.data_name, length)],
                         provide_label=[self._description(self.label_name, length)])
