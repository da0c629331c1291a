"""Diagonals of matrices and what lies on one side of them."""
from ._call import compute
from ._table import DIAGONALS, functions_of

globals().update(functions_of(DIAGONALS, compute, __name__))
__all__ = [row.name for row in DIAGONALS]
