"""Layers beside each other, and layers that rearrange."""
from ....ndarray import NDArray
from ....util import is_np_array
from .... import ndarray, symbol
from ...block import Block, HybridBlock
from ...nn import BatchNorm, HybridSequential, Sequential

__all__ = ['Concurrent', 'HybridConcurrent', 'Identity', 'SparseEmbedding', 'SyncBatchNorm',
           'PixelShuffle1D', 'PixelShuffle2D', 'PixelShuffle3D']


def _joined(F, parts, axis):
    if is_np_array():
        return F.np.concatenate(parts, axis=axis)
    return F.concat(*parts, dim=axis)


class Concurrent(Sequential):
    """Gives the input to all layers, and joins their outputs along `axis`."""

    def __init__(self, axis=-1, prefix=None, params=None):
        super().__init__(prefix=prefix, params=params)
        self.axis = axis

    def forward(self, x):
        F = ndarray if isinstance(x, NDArray) else symbol
        return _joined(F, [layer(x) for layer in self._children.values()], self.axis)


class HybridConcurrent(HybridSequential):
    """The same for hybrid layers."""

    def __init__(self, axis=-1, prefix=None, params=None):
        super().__init__(prefix=prefix, params=params)
        self.axis = axis

    def hybrid_forward(self, F, x):
        return _joined(F, [layer(x) for layer in self._children.values()], self.axis)


class Identity(HybridBlock):
    """Gives its input: a way around other layers in a HybridConcurrent."""

    def __init__(self, prefix=None, params=None):
        super().__init__(prefix=prefix, params=params)

    def hybrid_forward(self, F, x):
        return x


class SparseEmbedding(Block):
    """Vectors for numbers from 0 to `input_dim` - 1 whose weight and gradient are row_sparse. Its
    `forward` is not there yet: it needs parameters of that storage type; nn.Embedding has dense
    ones."""

    def __init__(self, input_dim, output_dim, dtype='float32', weight_initializer=None, **kwargs):
        super().__init__(**kwargs)
        raise NotImplementedError('SparseEmbedding: there are no row_sparse parameters yet; use '
                                  'nn.Embedding')

    def forward(self, x):
        """Not there yet."""
        raise NotImplementedError('SparseEmbedding')


class SyncBatchNorm(BatchNorm):
    """BatchNorm whose mean and variance are those of all devices' parts of a batch. With one
    device, which is what there is without a GPU, it is BatchNorm; with several `num_devices` it is
    not there yet."""

    def __init__(self, in_channels=0, num_devices=None, momentum=0.9, epsilon=1e-5, center=True,
                 scale=True, use_global_stats=False, beta_initializer='zeros',
                 gamma_initializer='ones', running_mean_initializer='zeros',
                 running_variance_initializer='ones', **kwargs):
        super().__init__(1, momentum, epsilon, center, scale, use_global_stats, beta_initializer,
                         gamma_initializer, running_mean_initializer,
                         running_variance_initializer, in_channels, **kwargs)
        if num_devices is None:
            num_devices = self._number_of_gpus()
        if num_devices > 1:
            raise NotImplementedError(f'SyncBatchNorm over {num_devices} devices: there is no '
                                      'operator _contrib_SyncBatchNorm yet')

    @staticmethod
    def _number_of_gpus():
        from ....context import num_gpus
        return max(1, num_gpus())


class _PixelShuffle(HybridBlock):
    """Makes images larger by moving channels into space: (N, f1 ... fn C, d1, ..., dn) becomes
    (N, C, f1 d1, ..., fn dn)."""

    _axes = 0

    def __init__(self, factor):
        super().__init__()
        if isinstance(factor, (list, tuple)):
            self._factors = tuple(int(f) for f in factor)
            assert len(self._factors) == self._axes, (
                f'wrong length of factor: expected {self._axes}, got {len(self._factors)}')
        else:
            self._factors = (int(factor),) * self._axes
        self._factor = self._factors[0]

    def __repr__(self):
        factor = self._factor if self._axes == 1 else self._factors
        return f'{type(self).__name__}({factor})'

    def hybrid_forward(self, F, x):
        if is_np_array():
            return self._np_forward(F, x)
        n = self._axes
        # -4 splits a dimension in two: f1 C into f1, C and so on, one factor after the other.
        for i, factor in enumerate(self._factors):
            x = F.reshape(x, shape=(0,) * (1 + i) + (-4, factor, -1) + (0,) * n)
        # (N, f1, ..., fn, C, d1, ..., dn): each factor goes behind its dimension.
        order = [0, n + 1]
        for i in range(n):
            order += [n + 2 + i, 1 + i]
        x = F.transpose(x, axes=tuple(order))
        return F.reshape(x, shape=(0, 0) + (-3,) * n)

    def _np_forward(self, F, x):
        n = self._axes
        sizes, channels = x.shape[2:], x.shape[1]
        for factor in self._factors:
            channels //= factor
        x = x.reshape((x.shape[0],) + self._factors + (channels,) + sizes)
        order = [0, n + 1]
        for i in range(n):
            order += [n + 2 + i, 1 + i]
        larger = tuple(f * d for f, d in zip(self._factors, sizes))
        return F.np.transpose(x, tuple(order)).reshape((x.shape[0], channels) + larger)


class PixelShuffle1D(_PixelShuffle):
    """(N, f C, W) becomes (N, C, f W)."""

    _axes = 1


class PixelShuffle2D(_PixelShuffle):
    """(N, f1 f2 C, H, W) becomes (N, C, f1 H, f2 W) (Shi et al., 2016)."""

    _axes = 2


class PixelShuffle3D(_PixelShuffle):
    """(N, f1 f2 f3 C, D, H, W) becomes (N, C, f1 D, f2 H, f3 W)."""

    _axes = 3
