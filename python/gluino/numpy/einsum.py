"""Sums of products whose axes letters name."""
import numpy as onp

from ._call import cast, checked, compute, kind


def einsum(*operands, optimize=False, out=None):
    """The sum of products that letters describe: einsum("ij,jk->ik", a, b). Letters of the result
    stay, the others are summed over; a letter twice in one array is its diagonal, `...` stands for
    all other axes. ValueError where letters and arrays do not fit. `optimize` changes nothing: pairs
    are multiplied from left to right."""
    if not operands or not isinstance(operands[0], str):
        raise NotImplementedError("mx.np.einsum: the first argument is the text of the letters")
    arrays = [checked(array, "einsum") for array in operands[1:]]
    # Truths are counted.
    arrays = [cast(array, onp.int64) if kind(array) == "b" else array for array in arrays]
    return compute("_npi_einsum", arrays, {"subscripts": operands[0]}, out)


__all__ = ["einsum"]
