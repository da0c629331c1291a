"""The decomposition of matrices into orthogonal and triangular ones, by NumPy, and its gradient."""
import numpy as onp

from ..autograd import Function, is_recording
from ._call import checked, is_real
from .diagonals import tril
from .fallback import on_host
from .joining import concatenate
from .products import matmul
from .shaping import swapaxes

_on_host = on_host(onp.linalg.qr, "linalg.qr")


def _turned(a):
    return swapaxes(a, -1, -2)


class _Recorded(Function):

    def forward(self, a):
        q, r = _on_host(a)
        self.save_for_backward(a, q, r)
        return q, r

    def backward(self, dq, dr):
        """The formula of Walter and Lehmann, "Algorithmic differentiation of linear algebra
        functions"; where a is wider than high, of its first columns: q turns the others."""
        from .linalg import solve  # pylint: disable=import-outside-toplevel
        a, q, r = self.saved_tensors
        rows = a.shape[-2]
        wide = a.shape[-1] > rows
        if wide:
            rest = dr[..., rows:]
            dq = dq + matmul(a[..., rows:], _turned(rest))
            r, dr = r[..., :rows], dr[..., :rows]
        inner = matmul(r, _turned(dr)) - matmul(_turned(dq), q)
        inner = tril(inner) + _turned(tril(inner, -1))
        first = _turned(solve(r, _turned(dq + matmul(q, inner))))
        return concatenate([first, matmul(q, rest)], axis=-1) if wide else first


def qr(a, mode="reduced"):
    """q and r of matrices (..., M, N): a = q r, the columns of q of length 1 and at right angles, r
    0 below its diagonal. Gradients are those of the mode "reduced", of matrices whose first columns
    are independent; others of NumPy's modes have none."""
    if is_recording() and mode == "reduced" and is_real(checked(a, "linalg.qr")) and a.size:
        return tuple(_Recorded()(a))
    return _on_host(a, mode)


__all__ = ["qr"]
