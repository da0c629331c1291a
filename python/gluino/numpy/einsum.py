"""Sums of products whose axes letters name."""
import numpy as onp

from ._call import ArgumentError, call, cast, checked, filled, kind, promoted, shaped
from .diagonals import diagonal
from .shaping import transpose

_SPARE = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


class _Term:
    """An array and the letters of its axes, each once."""

    def __init__(self, array, letters):
        while len(set(letters)) < len(letters):  # A letter twice: the diagonal.
            letter = next(c for c in letters if letters.count(c) > 1)
            first = letters.index(letter)
            second = letters.index(letter, first + 1)
            if array.shape[first] != array.shape[second]:
                raise ArgumentError(f"mx.np.einsum: {letter} has two sizes, {array.shape[first]} and "
                                 f"{array.shape[second]}")
            array = diagonal(array, 0, first, second)
            letters = [c for i, c in enumerate(letters) if i not in (first, second)] + [letter]
        self.array, self.letters = array, list(letters)

    def ordered(self, letters):
        """The array with its axes in this order."""
        places = tuple(self.letters.index(c) for c in letters)
        same = places == tuple(range(len(places)))
        return self.array if same else transpose(self.array, places)

    def without(self, kept):
        """Summed over the axes of letters that nothing else needs."""
        gone = tuple(i for i, c in enumerate(self.letters) if c not in kept)
        if not gone:
            return self
        array = call("sum", self.array, axis=gone)
        letters = [c for c in self.letters if c in kept]
        return _Term(shaped(array, tuple(self.array.shape[i] for i in range(self.array.ndim)
                                         if i not in gone)), letters)

    def size_of(self, letter):
        """The size of the axis of a letter."""
        return self.array.shape[self.letters.index(letter)]


def _read(subscripts, arrays):
    """The letters of each operand and of the result; an ellipsis becomes letters of its own."""
    text = subscripts.replace(" ", "")
    inputs, arrow, output = text.partition("->")
    names = inputs.split(",")
    if len(names) != len(arrays):
        raise ArgumentError(f"mx.np.einsum: {len(names)} groups of letters for {len(arrays)} arrays")
    spare = [c for c in _SPARE if c not in text]
    rows = []
    longest = 0
    for name, array in zip(names, arrays):
        more = array.ndim - len(name.replace("...", "")) if "..." in name else 0
        longest = max(longest, more)
        rows.append((name, more))
    hidden = spare[:longest]
    letters = []
    for (name, more), array in zip(rows, arrays):
        before, dots, after = name.partition("...")
        row = list(before) + (hidden[longest - more:] if dots else []) + list(after)
        if len(row) != array.ndim or more < 0:
            raise ArgumentError(f"mx.np.einsum: the letters {name!r} do not fit an array of "
                             f"{array.ndim} axes")
        letters.append(row)
    if arrow:
        before, dots, after = output.partition("...")
        result = list(before) + (hidden if dots else []) + list(after)
    else:
        every = [c for row in letters for c in row]
        result = hidden + sorted(c for c in set(every) if every.count(c) == 1 and c not in hidden)
    unknown = [c for c in result if not any(c in row for row in letters)]
    if unknown or len(set(result)) != len(result):
        raise ArgumentError(f"mx.np.einsum: the result {output!r} has letters that no array has, or "
                         "one twice")
    return letters, result


def _joined(left, right, kept):
    """The product of two terms, summed over the letters that only they have."""
    left = left.without(set(kept) | set(right.letters))
    right = right.without(set(kept) | set(left.letters))
    for letter in set(left.letters) & set(right.letters):
        if left.size_of(letter) != right.size_of(letter):
            left, right = _stretched(left, right, letter)
    both = [c for c in left.letters if c in right.letters and c in kept]
    summed = [c for c in left.letters if c in right.letters and c not in kept]
    only_left = [c for c in left.letters if c not in right.letters]
    only_right = [c for c in right.letters if c not in left.letters]
    sizes = {c: term.size_of(c) for term in (left, right) for c in term.letters}

    def size(letters):
        return int(onp.prod([sizes[c] for c in letters], dtype=onp.int64))

    a = left.ordered(both + only_left + summed)
    b = right.ordered(both + summed + only_right)
    shape = tuple(sizes[c] for c in both + only_left + only_right)
    if not summed:
        a = shaped(a, tuple(sizes[c] for c in both + only_left) + (1,) * len(only_right))
        b = shaped(b, tuple(sizes[c] for c in both) + (1,) * len(only_left)
                   + tuple(sizes[c] for c in only_right))
        product = a * b
    elif 0 in sizes.values():
        product = filled(shape, 0, a.dtype, a.ctx)
    else:
        a = shaped(a, (size(both), size(only_left), size(summed)))
        b = shaped(b, (size(both), size(summed), size(only_right)))
        if size(both) == 1:
            product = call("dot", shaped(a, a.shape[1:]), shaped(b, b.shape[1:]))
        else:
            product = call("batch_dot", a, b)
    return _Term(shaped(product, shape), both + only_left + only_right)


def _stretched(left, right, letter):
    """Of two sizes of a letter one may be 1."""
    if 1 not in (left.size_of(letter), right.size_of(letter)):
        raise ArgumentError(f"mx.np.einsum: {letter} has two sizes, {left.size_of(letter)} and "
                         f"{right.size_of(letter)}")
    if left.size_of(letter) == 1:
        return left.without(set(left.letters) - {letter}), right
    return left, right.without(set(right.letters) - {letter})


def einsum(*operands, **kwargs):
    """The sum of products that letters describe: einsum("ij,jk->ik", a, b). Letters of the result
    stay, the others are summed over; a letter twice in one array is its diagonal, `...` stands for
    all other axes. ValueError where letters and arrays do not fit."""
    kwargs.pop("optimize", None)
    out = kwargs.pop("out", None)
    if kwargs:
        raise NotImplementedError(f"mx.np.einsum: the options {', '.join(kwargs)}")
    if not operands or not isinstance(operands[0], str):
        raise NotImplementedError("mx.np.einsum: the first argument is the text of the letters")
    arrays = promoted(*(checked(array, "einsum") for array in operands[1:]))
    if kind(arrays[0]) == "b":
        arrays = [cast(array, onp.int64) for array in arrays]
    letters, result = _read(operands[0], arrays)
    terms = [_Term(array, row) for array, row in zip(arrays, letters)]
    while len(terms) > 1:
        left, right = terms.pop(0), terms.pop(0)
        kept = set(result).union(*(term.letters for term in terms))
        terms.insert(0, _joined(left, right, kept))
    last = terms[0].without(set(result))
    array = last.ordered(result)
    array = call("_copy", array) if any(array is x for x in operands) else array
    if out is None:
        return array
    from ._call import give  # pylint: disable=import-outside-toplevel
    return give(array, out)


__all__ = ["einsum"]
