"""The functions of linear algebra that MXNet leaves to NumPy."""
import functools

import numpy as onp

from .fallback import on_host

cond = on_host(onp.linalg.cond, "linalg.cond")
matrix_rank = on_host(onp.linalg.matrix_rank, "linalg.matrix_rank")
multi_dot = on_host(onp.linalg.multi_dot, "linalg.multi_dot")


@functools.partial(on_host, name="linalg.lstsq")
def lstsq(a, b, rcond="warn"):
    """x with the least squares of b - a x, their sums, the rank of a, and its singular values.
    Those up to `rcond` times the largest count as 0: None, or MXNet's word "warn", is the precision
    times the longer side of a."""
    is_said = not isinstance(rcond, str) or rcond != "warn"
    return onp.linalg.lstsq(a, b, rcond=rcond if is_said else None)


__all__ = ["cond", "lstsq", "matrix_rank", "multi_dot"]
