"""mx.contrib.text.vocab and utils: words as numbers. Expected values are MXNet 1.9.1's."""
from collections import Counter

import pytest
from mxnet.contrib import text

COUNTER = Counter(["a", "b", "b", "c", "c", "c", "some_word$", "d", "d"])


def test_words_are_counted_between_spaces_and_lines():
    source = " Life is great ! \n life is good . \n"
    assert text.utils.count_tokens_from_str(source, to_lower=True) == Counter(
        {"life": 2, "is": 2, "great": 1, "!": 1, "good": 1, ".": 1})
    counted = Counter({"a": 5})
    assert text.utils.count_tokens_from_str("a,b;a", ",", ";", counter_to_update=counted) is counted
    assert counted == Counter({"a": 7, "b": 1})


@pytest.mark.parametrize("options, words", [
    ({}, ["<unk>", "c", "b", "d", "a", "some_word$"]),
    ({"most_freq_count": 2}, ["<unk>", "c", "b"]),
    ({"most_freq_count": 0}, ["<unk>"]),
    ({"min_freq": 2}, ["<unk>", "c", "b", "d"]),
    ({"most_freq_count": 1, "min_freq": 2}, ["<unk>", "c"]),
    ({"most_freq_count": 2, "reserved_tokens": ["c"]}, ["<unk>", "c", "b", "d"]),
    ({"unknown_token": "<x>", "reserved_tokens": ["<p>", "b"]},
     ["<x>", "<p>", "b", "c", "d", "a", "some_word$"]),
    ({"unknown_token": "b"}, ["b", "c", "d", "a", "some_word$"]),
])
def test_frequent_words_come_first(options, words):
    vocabulary = text.vocab.Vocabulary(COUNTER, **options)
    assert vocabulary.idx_to_token == words
    assert vocabulary.token_to_idx == {word: i for i, word in enumerate(words)}
    assert len(vocabulary) == len(words)
    assert vocabulary.reserved_tokens == options.get("reserved_tokens")
    assert vocabulary.unknown_token == options.get("unknown_token", "<unk>")


def test_without_a_counter_there_are_the_reserved_words():
    assert text.vocab.Vocabulary(reserved_tokens=["<p>"]).idx_to_token == ["<unk>", "<p>"]


@pytest.mark.parametrize("options, message", [
    ({"reserved_tokens": ["<unk>"]}, "unknown_token"),
    ({"reserved_tokens": ["a", "a"]}, "duplicate"),
    ({"min_freq": 0}, "min_freq"),
    ({"counter": {"a": 1}}, "Counter"),
])
def test_wrong_options_are_told(options, message):
    with pytest.raises(AssertionError, match=message):
        text.vocab.Vocabulary(**{"counter": COUNTER, **options})


def test_words_and_numbers_of_each_other():
    vocabulary = text.vocab.Vocabulary(COUNTER)
    assert vocabulary.to_indices("c") == 1
    assert vocabulary.to_indices(["c", "nobody"]) == [1, 0]
    assert vocabulary.to_tokens(1) == "c"
    assert vocabulary.to_tokens([1, 0]) == ["c", "<unk>"]
    for wrong in (6, -1, 1.5):
        with pytest.raises(ValueError, match=f"index {wrong}"):
            vocabulary.to_tokens([wrong])


def test_a_count_below_0_keeps_all_words():
    counter = Counter(["a", "b", "b"])
    assert text.vocab.Vocabulary(counter, most_freq_count=-1).idx_to_token == ["<unk>", "b", "a"]
