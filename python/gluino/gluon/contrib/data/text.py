"""Text for models that say what comes next."""
import collections
import os
import zipfile

import numpy as np

from ... import data
from ....base import data_dir
from ....contrib import text
from ....ndarray import array

__all__ = ['WikiText2', 'WikiText103']


class _WikiText(data.Dataset):
    """Rows of `seq_len` numbers of words, and the rows of the words behind each of them, int32. A
    rest that fills no row is left out.

    `root` holds the files wiki.train.tokens, wiki.valid.tokens and wiki.test.tokens, or the archive
    that they came in; `segment` is "train", "validation" or "test". Numbers are those of `vocab`, a
    Vocabulary; without, of one that is made of the file's words. Raises FileNotFoundError, which
    says what to do, where the files are not there.
    """

    _archive = _place = ''
    _files = {'train': 'wiki.train.tokens', 'validation': 'wiki.valid.tokens',
              'test': 'wiki.test.tokens'}

    def __init__(self, root, segment, vocab, seq_len):
        if segment not in self._files:
            raise KeyError(f'segment: expected train, validation or test, got {segment!r}')
        if seq_len < 1:
            raise ValueError(f'seq_len: expected at least 1, got {seq_len}')
        lines = [line.split() for line in self._content(root, self._files[segment]).splitlines()]
        lines = [line for line in lines if line]
        self._counter = collections.Counter(word for line in lines for word in line)
        self._vocab = text.vocab.Vocabulary(self._counter, reserved_tokens=['<eos>']) \
            if vocab is None else vocab
        numbers = np.array(self._vocab.to_indices([word for line in lines
                                                   for word in (*line, '<eos>')]), dtype=np.int32)
        rows = max(0, len(numbers) - 1) // seq_len
        self._data, self._label = (numbers[begin:begin + rows * seq_len].reshape(rows, seq_len)
                                   for begin in (0, 1))

    def _content(self, root, name):
        folder = os.path.expanduser(root or os.path.join(data_dir(), 'datasets', self._place))
        path, archive = os.path.join(folder, name), os.path.join(folder, self._archive)
        if os.path.exists(path):
            with open(path, encoding='utf8') as file:
                return file.read()
        if not os.path.exists(archive):
            raise FileNotFoundError(f'{path} is not there. Gluino does not download it; put it, or '
                                    f'{self._archive}, there')
        with zipfile.ZipFile(archive) as files:
            for member in files.namelist():
                if os.path.basename(member) == name:
                    return files.read(member).decode('utf8')
        raise FileNotFoundError(f'{archive}: there is no {name} in it')

    def __len__(self):
        return len(self._data)

    def __getitem__(self, idx):
        return (array(self._data[idx], dtype=np.int32), array(self._label[idx], dtype=np.int32))

    @property
    def vocabulary(self):
        """The Vocabulary whose numbers stand for the words."""
        return self._vocab

    @property
    def frequencies(self):
        """How often each word is in the text: a collections.Counter."""
        return self._counter


class WikiText2(_WikiText):
    __doc__ = ('WikiText-2, two million words of Wikipedia (Merity et al., 2016).\n\n    '
               + (_WikiText.__doc__ or ''))
    _archive, _place = 'wikitext-2-v1.zip', 'wikitext-2'

    def __init__(self, root=None, segment='train', vocab=None, seq_len=35):
        super().__init__(root, segment, vocab, seq_len)


class WikiText103(_WikiText):
    __doc__ = ('WikiText-103, a hundred million words of Wikipedia (Merity et al., 2016).\n\n    '
               + (_WikiText.__doc__ or ''))
    _archive, _place = 'wikitext-103-v1.zip', 'wikitext-103'

    def __init__(self, root=None, segment='train', vocab=None, seq_len=35):
        super().__init__(root, segment, vocab, seq_len)
