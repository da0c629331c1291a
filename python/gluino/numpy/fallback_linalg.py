"""The functions of linear algebra that MXNet leaves to NumPy, and those that MXNet 1.9.1 does."""
import numpy as onp

from .fallback import on_host

cond = on_host(onp.linalg.cond, "linalg.cond")
multi_dot = on_host(onp.linalg.multi_dot, "linalg.multi_dot")

from .linalg import lstsq, matrix_rank  # noqa: E402

__all__ = ["cond", "lstsq", "matrix_rank", "multi_dot"]
