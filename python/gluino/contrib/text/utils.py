"""Counting words."""
import collections
import re

__all__ = ['count_tokens_from_str']


def count_tokens_from_str(source_str, token_delim=' ', seq_delim='\n', to_lower=False,
                          counter_to_update=None):
    """How often each word stands in a text.

    Parameters
    ----------
    source_str : str
    token_delim, seq_delim : str
        What is between words and between sentences, as regular expressions.
    to_lower : bool
        Whether to write all words small.
    counter_to_update : collections.Counter, optional
        The counter that counts on; a new one by default.

    Returns
    -------
    collections.Counter
    """
    words = filter(None, re.split(f'{token_delim}|{seq_delim}', source_str))
    counter = collections.Counter() if counter_to_update is None else counter_to_update
    counter.update(word.lower() for word in words) if to_lower else counter.update(words)
    return counter
