"""The signs that arrays of the old rules have no operator for, beside NumPy's objects."""
import numpy as onp

_SIGNS = {"floordiv": "//", "divmod": "divmod()", "matmul": "@", "and": "&", "or": "|", "xor": "^",
          "lshift": "<<", "rshift": ">>"}


def refuse(cls):
    """Gives `cls` the operators of _SIGNS, which refuse NumPy's arrays and scalars, as Python does
    all else: those would take the array for one of theirs, and x //= numpy.float32(2) make x one."""
    for name, sign in _SIGNS.items():
        def operator(self, other, sign=sign):
            of_numpy = isinstance(other, (onp.ndarray, onp.generic))
            if getattr(self, "_is_np_face", False) or not of_numpy:
                return NotImplemented
            raise TypeError(f"unsupported operand type(s) for {sign}: '{type(self).__name__}' and "
                            f"'{type(other).__module__}.{type(other).__name__}'")
        operator.__name__ = f"__{name}__"
        operator.__qualname__ = f"{cls.__qualname__}.{operator.__name__}"
        setattr(cls, operator.__name__, operator)
    return cls
