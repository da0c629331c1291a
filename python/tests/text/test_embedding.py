"""mx.contrib.text.embedding: vectors of words from files. Expected values are MXNet 1.9.1's."""
from collections import Counter

import mxnet as mx
import numpy as np
import pytest
from mxnet.contrib import text
from mxnet.contrib.text.embedding import CompositeEmbedding, CustomEmbedding


@pytest.fixture(name="file_of")
def _file_of(tmp_path):
    def write(content, name="vectors.txt"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
        return str(path)
    return write


def test_a_file_gives_words_numbers_and_vectors(file_of):
    embedding = CustomEmbedding(file_of("a 0.5 2 3\nb 1 2 3\n"))
    assert embedding.idx_to_token == ["<unk>", "a", "b"]
    assert embedding.vec_len == 3
    assert embedding.idx_to_vec.asnumpy().tolist() == [[0, 0, 0], [0.5, 2, 3], [1, 2, 3]]
    assert embedding.get_vecs_by_tokens("a").asnumpy().tolist() == [0.5, 2, 3]
    vectors = embedding.get_vecs_by_tokens(["b", "nobody", "A"])
    assert vectors.asnumpy().tolist() == [[1, 2, 3], [0, 0, 0], [0, 0, 0]]
    vectors = embedding.get_vecs_by_tokens(["A", "B"], lower_case_backup=True)
    assert vectors.asnumpy().tolist() == [[0.5, 2, 3], [1, 2, 3]]


def test_other_delimiters_and_unknown_vectors(file_of):
    embedding = CustomEmbedding(file_of("a,1,2\n"), elem_delim=",", init_unknown_vec=mx.nd.ones)
    assert embedding.idx_to_vec.asnumpy().tolist() == [[1, 1], [1, 2]]
    with pytest.warns(UserWarning, match="line 3: the word '<unk>'"):
        embedding = CustomEmbedding(file_of("<unk> 7 8\na 1 2\n<unk> 9 9\n"))
    assert embedding.idx_to_vec.asnumpy().tolist() == [[7, 8], [1, 2]]


def test_headers_and_words_that_come_again_are_left_out(file_of):
    with pytest.warns(UserWarning) as told:
        embedding = CustomEmbedding(file_of("2 3\na 1 2 3\na 4 5 6\n"))
    assert len(told) == 2
    assert embedding.idx_to_vec.asnumpy().tolist() == [[0, 0, 0], [1, 2, 3]]


@pytest.mark.parametrize("content, kind, message", [
    ("a 1 2 3\nb 1 2\n", AssertionError, "line 2: expected 3 numbers behind 'b'"),
    ("a 1 2 3\n\nb 4 5 6\n", AssertionError, "line 2: expected a word"),
    ("a 1 2 x\n", ValueError, "'x'"),
    ("", ValueError, "found none"),
])
def test_broken_files_are_told(file_of, content, kind, message):
    with pytest.raises(kind, match=message):
        CustomEmbedding(file_of(content))


def test_a_file_that_is_not_there():
    with pytest.raises(ValueError, match="no file /nowhere"):
        CustomEmbedding("/nowhere")


def test_a_vocabulary_chooses_the_words(file_of):
    vocabulary = text.vocab.Vocabulary(Counter(["c", "c", "b"]), unknown_token="<z>",
                                       reserved_tokens=["<p>"])
    embedding = CustomEmbedding(file_of("a 1 2\nb 3 4\n"), vocabulary=vocabulary)
    assert embedding.idx_to_token == ["<z>", "<p>", "c", "b"]
    assert embedding.unknown_token == "<z>"
    assert embedding.idx_to_vec.asnumpy().tolist() == [[0, 0], [0, 0], [0, 0], [3, 4]]


def test_vectors_can_be_replaced(file_of):
    embedding = CustomEmbedding(file_of("a 1 2\nb 3 4\n"))
    embedding.update_token_vectors("a", mx.nd.array([9, 9]))
    embedding.update_token_vectors(["<unk>", "b"], mx.nd.array([[5, 5], [6, 6]]))
    assert embedding.idx_to_vec.asnumpy().tolist() == [[5, 5], [9, 9], [6, 6]]
    with pytest.raises(ValueError, match="Token nobody is unknown"):
        embedding.update_token_vectors("nobody", mx.nd.array([9, 9]))
    for words, vectors in (("a", [1]), (["a", "b"], [1, 2]), (["a", "b"], [[1, 2]])):
        with pytest.raises(AssertionError, match="new_vectors"):
            embedding.update_token_vectors(words, mx.nd.array(vectors))


def test_several_embeddings_side_by_side(file_of):
    first = CustomEmbedding(file_of("a 1 2\n"))
    second = CustomEmbedding(file_of("a 7 0\nb 8 0\n", "others.txt"),
                             init_unknown_vec=mx.nd.ones)
    both = CompositeEmbedding(text.vocab.Vocabulary(Counter("ab")), [first, second])
    assert both.vec_len == 4
    assert both.idx_to_vec.asnumpy().tolist() == [[0, 0, 1, 1], [1, 2, 7, 0], [0, 0, 8, 0]]


def test_published_files_are_read_where_they_lie(file_of, tmp_path):
    file_of("the 1 2\n", "glove/glove.6B.50d.txt")
    embedding = text.embedding.create("glove", pretrained_file_name="glove.6B.50d.txt",
                                      embedding_root=str(tmp_path))
    assert embedding.idx_to_token == ["<unk>", "the"]
    with pytest.raises(FileNotFoundError, match="wiki.simple.vec"):
        text.embedding.FastText(embedding_root=str(tmp_path))
    with pytest.raises(KeyError, match="nothing.txt"):
        text.embedding.GloVe("nothing.txt")
    names = text.embedding.get_pretrained_file_names()
    assert names["glove"] == text.embedding.get_pretrained_file_names("glove")
    assert (len(names["glove"]), len(names["fasttext"])) == (10, 327)
    with pytest.raises(KeyError, match="nothing"):
        text.embedding.get_pretrained_file_names("nothing")


def test_classes_of_ones_own_are_found_by_name(file_of):
    path = file_of("a 1 2\n")

    @text.embedding.register
    class Mine(text.embedding._TokenEmbedding):
        def __init__(self, vocabulary=None, **kwargs):
            super().__init__(**kwargs)
            self._load_embedding(path, " ", mx.nd.zeros)
            self._build_embedding_for_vocabulary(vocabulary)

    assert text.embedding.create("mine").idx_to_token == ["<unk>", "a"]


def test_arrays_of_numpy_s_kind(file_of):
    with mx.np_array(True):
        embedding = CustomEmbedding(file_of("a 1 2\n"))
        assert isinstance(embedding.idx_to_vec, mx.np.ndarray)
        assert isinstance(embedding.get_vecs_by_tokens(["a"]), mx.np.ndarray)
        np.testing.assert_array_equal(embedding.get_vecs_by_tokens("a").asnumpy(), [1, 2])


def test_files_of_ones_own_classes_have_names():
    @text.embedding.register
    class Words(text.embedding._TokenEmbedding):
        pretrained_file_name_sha1 = {"a.txt": "1", "b.txt": "2"}

    assert text.embedding.get_pretrained_file_names("words") == ["a.txt", "b.txt"]
    assert text.embedding.get_pretrained_file_names()["words"] == ["a.txt", "b.txt"]
    Words._check_pretrained_file_names("a.txt")
    with pytest.raises(KeyError, match="Cannot find pretrained file c.txt for token embedding words"):
        Words._check_pretrained_file_names("c.txt")
