"""Layers that make images larger with what their channels hold."""

from ..block import HybridBlock
from ._faces import operators
from ._pooling import _per_axis


class PixelShuffle1D(HybridBlock):
    """(N, factor * C, W) as (N, C, factor * W) (Shi et al., 2016)."""

    def __init__(self, factor, **kwargs):
        super().__init__(**kwargs)
        self._factor = int(factor)

    def hybrid_forward(self, F, x):
        """x with its channels next to each other."""
        F, f = operators(F, x), self._factor
        x = F.Reshape(x, shape=(0, -4, -1, f, 0))  # (N, C, f, W)
        x = F.transpose(x, axes=(0, 1, 3, 2))      # (N, C, W, f)
        return F.Reshape(x, shape=(0, 0, -3))

    def __repr__(self):
        return f'{type(self).__name__}({self._factor})'


class PixelShuffle2D(HybridBlock):
    """(N, f1 * f2 * C, H, W) as (N, C, f1 * H, f2 * W); `factor` is a number or both of them."""

    def __init__(self, factor, **kwargs):
        super().__init__(**kwargs)
        self._factors = _per_axis(factor, 2)
        assert len(self._factors) == 2, f'factor: expected a number or 2 of them, got {factor}'

    def hybrid_forward(self, F, x):
        """x with its channels next to each other."""
        F = operators(F, x)
        f1, f2 = self._factors
        x = F.Reshape(x, shape=(0, -4, -1, f1 * f2, 0, 0))     # (N, C, f1*f2, H, W)
        x = F.Reshape(x, shape=(0, 0, -4, f1, f2, 0, 0))       # (N, C, f1, f2, H, W)
        x = F.transpose(x, axes=(0, 1, 4, 2, 5, 3))            # (N, C, H, f1, W, f2)
        return F.Reshape(x, shape=(0, 0, -3, -3))

    def __repr__(self):
        return f'{type(self).__name__}({self._factors})'


class PixelShuffle3D(HybridBlock):
    """(N, f1 * f2 * f3 * C, D, H, W) as (N, C, f1 * D, f2 * H, f3 * W); `factor` is a number or all
    three."""

    def __init__(self, factor, **kwargs):
        super().__init__(**kwargs)
        self._factors = _per_axis(factor, 3)
        assert len(self._factors) == 3, f'factor: expected a number or 3 of them, got {factor}'

    def hybrid_forward(self, F, x):
        """x with its channels next to each other."""
        F = operators(F, x)
        f1, f2, f3 = self._factors
        x = F.Reshape(x, shape=(0, -4, -1, f1 * f2 * f3, 0, 0, 0))
        x = F.SwapAxis(x, dim1=2, dim2=3)                      # (N, C, D, f1*f2*f3, H, W)
        x = F.Reshape(x, shape=(0, 0, 0, -4, f1, f2 * f3, 0, 0))
        x = F.Reshape(x, shape=(0, 0, -3, 0, 0, 0))            # (N, C, D*f1, f2*f3, H, W)
        x = F.SwapAxis(x, dim1=3, dim2=4)                      # (N, C, D*f1, H, f2*f3, W)
        x = F.Reshape(x, shape=(0, 0, 0, 0, -4, f2, f3, 0))
        x = F.Reshape(x, shape=(0, 0, 0, -3, 0, 0))            # (N, C, D*f1, H*f2, f3, W)
        x = F.SwapAxis(x, dim1=4, dim2=5)
        return F.Reshape(x, shape=(0, 0, 0, 0, -3))

    def __repr__(self):
        return f'{type(self).__name__}({self._factors})'
