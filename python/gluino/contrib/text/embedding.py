"""Vectors of words, read from files."""
import io
import os
import warnings

import numpy as np

from ... import ndarray as nd
from ... import registry
from ...base import data_dir
from ...util import is_np_array
from ._pretrained import FASTTEXT, GLOVE
from .vocab import Vocabulary

__all__ = ['register', 'create', 'get_pretrained_file_names', 'GloVe', 'FastText',
           'CustomEmbedding', 'CompositeEmbedding']


class _TokenEmbedding(Vocabulary):
    """Words with numbers and with vectors: row i of `idx_to_vec` is that of number i. To derive
    from: call `_load_embedding` with a file, and `_build_embedding_for_vocabulary`. A class with
    published files names them as the keys of a dictionary `pretrained_file_name_sha1`.

    Parameters
    ----------
    kwargs
        Those of :class:`Vocabulary`.
    """

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self._vec_len = 0
        self._idx_to_vec = None

    def _load_embedding(self, pretrained_file_path, elem_delim, init_unknown_vec, encoding='utf8'):
        """Reads a line for each word: the word and its numbers. The unknown word's vector is the
        file's if it has one, else what `init_unknown_vec` makes of its shape."""
        path = os.path.expanduser(pretrained_file_path)
        if not os.path.isfile(path):
            raise ValueError(f'pretrained_file_path: expected words and their vectors; there is '
                             f'no file {path}')
        rows = {}
        with io.open(path, encoding=encoding) as lines:
            for number, line in enumerate(lines, 1):
                word, *elements = line.rstrip().split(elem_delim)
                where = f'{path}, line {number}'
                assert elements, f'{where}: expected a word and numbers behind it'
                if len(elements) == 1:
                    warnings.warn(f'{where}: one number behind {word!r} is no vector but a header; '
                                  'it is left out')
                elif word in rows:
                    warnings.warn(f'{where}: the word {word!r} stands there again; its first vector '
                                  'counts')
                else:
                    assert self._vec_len in (0, len(elements)), (
                        f'{where}: expected {self._vec_len} numbers behind {word!r}, as on the '
                        f'lines before, got {len(elements)}')
                    self._vec_len = len(elements)
                    rows[word] = np.array(elements, dtype=np.float32)
        if not rows:
            raise ValueError(f'{path}: expected lines with a word and numbers, found none')
        unknown = rows.pop(self.unknown_token, None)
        self._idx_to_token += [word for word in rows if word not in self._token_to_idx]
        self._token_to_idx = {word: i for i, word in enumerate(self._idx_to_token)}
        made = init_unknown_vec(shape=self._vec_len).asnumpy() if unknown is None else unknown
        self._set_rows([rows.get(word, made) for word in self._idx_to_token])

    def _set_rows(self, rows):
        vectors = nd.array(np.stack(rows), dtype='float32')
        self._idx_to_vec = vectors.as_np_ndarray() if is_np_array() else vectors
        self._vec_len = vectors.shape[1]

    def _index_tokens_from_vocabulary(self, vocabulary):
        self._token_to_idx = dict(vocabulary.token_to_idx)
        self._idx_to_token = list(vocabulary.idx_to_token)
        self._unknown_token = vocabulary.unknown_token
        self._reserved_tokens = vocabulary.reserved_tokens

    def _build_embedding_for_vocabulary(self, vocabulary):
        """Keeps the words of a vocabulary, with their numbers; without one those of the file."""
        if vocabulary is None:
            return
        assert isinstance(vocabulary, Vocabulary), (
            f'vocabulary: expected a Vocabulary, got {type(vocabulary).__name__}')
        self._set_rows(self.get_vecs_by_tokens(list(vocabulary.idx_to_token)).asnumpy())
        self._index_tokens_from_vocabulary(vocabulary)

    @classmethod
    def _published(cls):
        """The names of the files that were published; a class of a user's has them with hashes."""
        return list(getattr(cls, 'pretrained_file_name_sha1', ()))

    @classmethod
    def _check_pretrained_file_names(cls, pretrained_file_name):
        """Raises a KeyError for a name that is none of a published file."""
        kind = cls.__name__.lower()
        names = cls._published()
        if pretrained_file_name not in names:
            raise KeyError(f'Cannot find pretrained file {pretrained_file_name} for token embedding '
                           f'{kind}. Valid pretrained files for embedding {kind}: '
                           f'{", ".join(names)}')

    @classmethod
    def _local_file(cls, embedding_root, name):
        """The path of a published file; it is to be there."""
        cls._check_pretrained_file_names(name)
        kind = cls.__name__.lower()
        path = os.path.join(os.path.expanduser(embedding_root), kind, name)
        if not os.path.isfile(path):
            raise FileNotFoundError(f'{path} is not there, and nothing is downloaded: unpack the '
                                    'published file to this place')
        return path

    @property
    def vec_len(self):
        """How many numbers a vector has."""
        return self._vec_len

    @property
    def idx_to_vec(self):
        """The vectors, an array with a row for each word."""
        return self._idx_to_vec

    def get_vecs_by_tokens(self, tokens, lower_case_backup=False):
        """The vector of a word, or an array with that of each of a list.

        Parameters
        ----------
        tokens : str or list of str
        lower_case_backup : bool
            Whether a word that is unknown is looked for once more, written small.
        """
        words = tokens if isinstance(tokens, list) else [tokens]
        if lower_case_backup:
            words = [word if word in self._token_to_idx else word.lower() for word in words]
        rows = self._idx_to_vec.as_nd_ndarray().take(nd.array(self.to_indices(words)))
        rows = rows if isinstance(tokens, list) else rows[0]
        return rows.as_np_ndarray() if is_np_array() else rows

    def update_token_vectors(self, tokens, new_vectors):
        """Gives words that are known other vectors.

        Parameters
        ----------
        tokens : str or list of str
            The unknown word only by its own name; others are a ValueError.
        new_vectors : NDArray
            A vector, or one for each of a list.
        """
        words = tokens if isinstance(tokens, list) else [tokens]
        assert isinstance(new_vectors, nd.NDArray) and (
            new_vectors.ndim == 2 or new_vectors.ndim == 1 and len(words) == 1), (
            'new_vectors: expected an NDArray with a row for each word')
        rows = new_vectors.as_nd_ndarray().reshape((-1, new_vectors.shape[-1]))
        assert rows.shape == (len(words), self._vec_len), (
            f'new_vectors: expected shape {(len(words), self._vec_len)}, got {new_vectors.shape}')
        for word in words:
            if word not in self._token_to_idx:
                raise ValueError(f'Token {word} is unknown: it has no vector of its own. All such '
                                 f'words share that of {self.unknown_token}')
        whole = self._idx_to_vec.as_nd_ndarray()
        for word, row in zip(words, rows):
            whole[self._token_to_idx[word]] = row


_register = registry.get_register_func(_TokenEmbedding, 'token embedding')
_create = registry.get_create_func(_TokenEmbedding, 'token embedding')


def register(embedding_cls):
    """A decorator of classes that :func:`create` then finds by their names."""
    return _register(embedding_cls)


def create(embedding_name, **kwargs):
    """An object of a class that is registered, such as "glove", with these arguments."""
    return _create(embedding_name, **kwargs)


def get_pretrained_file_names(embedding_name=None):
    """The names of the published files of a kind, or a dictionary of them by kind."""
    kinds = {name: kind._published()
             for name, kind in registry.get_registry(_TokenEmbedding).items()
             if kind._published()}
    if embedding_name is None:
        return kinds
    if embedding_name not in kinds:
        raise KeyError(f'Cannot find `embedding_name` {embedding_name}. There are: '
                       f'{", ".join(sorted(kinds))}')
    return kinds[embedding_name]


class _Published(_TokenEmbedding):
    pretrained_files: tuple[str, ...] = ()

    @classmethod
    def _published(cls):
        return list(cls.pretrained_files)

    def __init__(self, name, root, init_unknown_vec, vocabulary, options):
        path = self._local_file(root, name)
        super().__init__(**options)
        self._load_embedding(path, ' ', init_unknown_vec)
        self._build_embedding_for_vocabulary(vocabulary)


def _root():
    return os.path.join(data_dir(), 'embeddings')


@register
class GloVe(_Published):
    """Global vectors for words (Pennington et al., 2014), from a file in the folder `glove`.

    Parameters
    ----------
    pretrained_file_name : str
        One of :func:`get_pretrained_file_names`.
    embedding_root : str
        The folder with a folder for each kind.
    init_unknown_vec : callable
        Makes the vector of unknown words.
    vocabulary : Vocabulary, optional
        The words to keep; by default all of the file.
    kwargs
        Those of :class:`Vocabulary`.
    """

    pretrained_files = GLOVE

    def __init__(self, pretrained_file_name='glove.840B.300d.txt', embedding_root=_root(),
                 init_unknown_vec=nd.zeros, vocabulary=None, **kwargs):
        super().__init__(pretrained_file_name, embedding_root, init_unknown_vec, vocabulary, kwargs)


@register
class FastText(_Published):
    """Vectors of words from those of their parts (Bojanowski et al., 2017), from a file in the
    folder `fasttext`; see :class:`GloVe`."""

    pretrained_files = FASTTEXT

    def __init__(self, pretrained_file_name='wiki.simple.vec', embedding_root=_root(),
                 init_unknown_vec=nd.zeros, vocabulary=None, **kwargs):
        super().__init__(pretrained_file_name, embedding_root, init_unknown_vec, vocabulary, kwargs)


class CustomEmbedding(_TokenEmbedding):
    """The vectors of any file with a line for each word: the word and its numbers.

    Parameters
    ----------
    pretrained_file_path : str
    elem_delim : str
        What is between the word and the numbers.
    encoding : str
        That of the file.
    init_unknown_vec, vocabulary, kwargs
        See :class:`GloVe`.
    """

    def __init__(self, pretrained_file_path, elem_delim=' ', encoding='utf8',
                 init_unknown_vec=nd.zeros, vocabulary=None, **kwargs):
        super().__init__(**kwargs)
        self._load_embedding(pretrained_file_path, elem_delim, init_unknown_vec, encoding)
        self._build_embedding_for_vocabulary(vocabulary)


class CompositeEmbedding(_TokenEmbedding):
    """Words whose vectors are those of several embeddings, one behind the other.

    Parameters
    ----------
    vocabulary : Vocabulary
        The words.
    token_embeddings : embedding or list of them
    """

    def __init__(self, vocabulary, token_embeddings):
        super().__init__()
        self._index_tokens_from_vocabulary(vocabulary)
        parts = token_embeddings if isinstance(token_embeddings, list) else [token_embeddings]
        for part in parts:
            assert isinstance(part, _TokenEmbedding), (
                f'token_embeddings: expected embeddings, got {type(part).__name__}')
        words = list(self._idx_to_token)
        self._set_rows(np.concatenate([part.get_vecs_by_tokens(words).asnumpy() for part in parts],
                                      axis=1))
