"""Words that have numbers."""
import collections
import numbers

__all__ = ['Vocabulary']

UNKNOWN_INDEX = 0


class Vocabulary:
    """Words by number and numbers by word: number 0 is the word that stands for unknown ones, then
    come those that are reserved, then those that were counted, the most frequent first.

    Parameters
    ----------
    counter : collections.Counter, optional
        How often each word was found; without it only the former have numbers.
    most_freq_count : int, optional
        How many of the counted words get a number at the most; all where it is below 0.
    min_freq : int
        How often a word needs to have been found.
    unknown_token : hashable
    reserved_tokens : list of hashable, optional
        Words that have numbers in any case, such as for the end of a sentence.
    """

    def __init__(self, counter=None, most_freq_count=None, min_freq=1, unknown_token='<unk>',
                 reserved_tokens=None):
        assert min_freq > 0, f'min_freq: expected at least 1, got {min_freq}'
        reserved = list(reserved_tokens or ())
        assert unknown_token not in reserved, (
            f'reserved_tokens: {unknown_token!r} among them is unknown_token')
        assert len(set(reserved)) == len(reserved), (
            'reserved_tokens: expected no duplicate words')
        assert counter is None or isinstance(counter, collections.Counter), (
            f'counter: expected a collections.Counter, got {type(counter)}')
        self._unknown_token = unknown_token
        self._reserved_tokens = reserved or None
        self._idx_to_token = [unknown_token, *reserved]
        # Of words that are as frequent the first in the alphabet comes first.
        counted = sorted(sorted((counter or {}).items()), key=lambda item: item[1], reverse=True)
        known = set(self._idx_to_token)
        chosen = [word for word, count in counted if count >= min_freq and word not in known]
        if most_freq_count is not None and most_freq_count >= 0:
            chosen = chosen[:most_freq_count]
        self._idx_to_token += chosen
        self._token_to_idx = {word: i for i, word in enumerate(self._idx_to_token)}

    def __len__(self):
        return len(self._idx_to_token)

    @property
    def token_to_idx(self):
        """The number of each word, a dictionary."""
        return self._token_to_idx

    @property
    def idx_to_token(self):
        """The words in the order of their numbers, a list."""
        return self._idx_to_token

    @property
    def unknown_token(self):
        """The word that stands for unknown ones."""
        return self._unknown_token

    @property
    def reserved_tokens(self):
        """The words that have numbers in any case, a list or None."""
        return self._reserved_tokens

    def to_indices(self, tokens):
        """The number of a word, or of each of a list; 0 for unknown ones."""
        if isinstance(tokens, list):
            return [self._token_to_idx.get(token, UNKNOWN_INDEX) for token in tokens]
        return self._token_to_idx.get(tokens, UNKNOWN_INDEX)

    def to_tokens(self, indices):
        """The word of a number, or of each of a list. Raises ValueError for numbers of none."""
        words = []
        for index in indices if isinstance(indices, list) else [indices]:
            if not isinstance(index, numbers.Integral) or not 0 <= index < len(self._idx_to_token):
                raise ValueError(f'indices: there is no index {index}; expected whole numbers '
                                 f'from 0 to {len(self._idx_to_token) - 1}')
            words.append(self._idx_to_token[index])
        return words if isinstance(indices, list) else words[0]
