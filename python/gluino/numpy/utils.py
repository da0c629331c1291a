"""NumPy's constants and types, under the names that MXNet gives them."""
import numpy as onp
from numpy import dtype, finfo, float16, float32, float64, iinfo, int8, int32, int64, uint8

pi, e, inf, nan, newaxis = onp.pi, onp.e, onp.inf, onp.nan, None
NaN = NAN = nan
PINF, NINF, PZERO, NZERO = inf, -inf, 0.0, -0.0
bool_ = onp.bool_
bool = onp.bool_  # pylint: disable=redefined-builtin
_STR_2_DTYPE_ = {
    "float16": float16, "float32": float32, "float64": float64, "float": float64, "int8": int8,
    "int32": int32, "int64": int64, "int": int64, "uint8": uint8, "bool": bool_, "bool_": bool_,
    "None": None,
}

__all__ = [
    "NAN", "NINF", "NZERO", "NaN", "PINF", "PZERO", "bool", "bool_", "dtype", "e", "finfo", "float16",
    "float32", "float64", "iinfo", "inf", "int32", "int64", "int8", "nan", "newaxis", "pi", "uint8",
]
