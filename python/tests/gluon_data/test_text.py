"""gluon.contrib.data.text. Expected values are MXNet 1.9.1's."""
import collections
import zipfile

import numpy as np
import pytest
from mxnet.contrib.text.vocab import Vocabulary
from mxnet.gluon.contrib.data import text

LINES = " \n = A b = \n \n the cat sat \n on the mat \n the end \n"


@pytest.fixture
def root(tmp_path):
    (tmp_path / "wiki.train.tokens").write_text(LINES)
    with zipfile.ZipFile(tmp_path / "wikitext-2-v1.zip", "w") as archive:
        archive.writestr("wikitext-2/wiki.test.tokens", LINES)
    return str(tmp_path)


@pytest.mark.parametrize("segment", ["train", "test"])
def test_words_become_rows_of_numbers(root, segment):
    data = text.WikiText2(root, segment, seq_len=5)
    assert data.vocabulary.idx_to_token == ["<unk>", "<eos>", "the", "=", "A", "b", "cat", "end", "mat",
                                            "on", "sat"]
    assert data.frequencies["the"] == 3 and data.frequencies["<eos>"] == 0
    assert [[part.asnumpy().tolist() for part in row] for row in (data[i] for i in range(len(data)))] == [
        [[3, 4, 5, 3, 1], [4, 5, 3, 1, 2]], [[2, 6, 10, 1, 9], [6, 10, 1, 9, 2]],
        [[2, 8, 1, 2, 7], [8, 1, 2, 7, 1]]]
    assert data[0][0].dtype == np.int32
    assert len(text.WikiText2(root, segment, seq_len=35)) == 0


def test_a_vocabulary_of_ones_own(root):
    words = Vocabulary(collections.Counter(["the", "cat"]), reserved_tokens=["<eos>"])
    data = text.WikiText2(root, vocab=words, seq_len=3)
    assert data.vocabulary is words and data[2][1].asnumpy().tolist() == [0, 1, 0]


def test_what_is_not_there(root, monkeypatch):
    with pytest.raises(FileNotFoundError, match="no wiki.valid.tokens in it"):
        text.WikiText2(root, "validation")
    monkeypatch.setenv("MXNET_HOME", root)
    with pytest.raises(FileNotFoundError, match="datasets/wikitext-103/wiki.train.tokens is not there"):
        text.WikiText103()
    with pytest.raises(KeyError, match="segment"):
        text.WikiText2(root, "dev")
    with pytest.raises(ValueError, match="seq_len"):
        text.WikiText2(root, seq_len=0)
