"""The functions of linear algebra that MXNet leaves to NumPy."""
import numpy as onp

from .fallback import on_host

cond = on_host(onp.linalg.cond, "linalg.cond")
lstsq = on_host(onp.linalg.lstsq, "linalg.lstsq")
matrix_power = on_host(onp.linalg.matrix_power, "linalg.matrix_power")
matrix_rank = on_host(onp.linalg.matrix_rank, "linalg.matrix_rank")
multi_dot = on_host(onp.linalg.multi_dot, "linalg.multi_dot")
qr = on_host(onp.linalg.qr, "linalg.qr")

__all__ = ["cond", "lstsq", "matrix_power", "matrix_rank", "multi_dot", "qr"]
