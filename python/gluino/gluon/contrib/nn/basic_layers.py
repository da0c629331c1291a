"""Layers beside each other, and layers that rearrange."""
from .... import ndarray as nd
from ...block import Block
from ...nn import BatchNorm, HybridConcatenate, Concatenate, Identity
from ...nn._faces import operators
from ...nn._shuffles import PixelShuffle1D, PixelShuffle2D, PixelShuffle3D

__all__ = ['Concurrent', 'HybridConcurrent', 'Identity', 'SparseEmbedding', 'SyncBatchNorm',
           'PixelShuffle1D', 'PixelShuffle2D', 'PixelShuffle3D']


class Concurrent(Concatenate):
    """Gives the input to all layers, and joins their outputs along `axis`."""

    def __init__(self, axis=-1, prefix=None, params=None):
        super().__init__(axis, prefix=prefix, params=params)


class HybridConcurrent(HybridConcatenate):
    """The same for hybrid layers."""

    def __init__(self, axis=-1, prefix=None, params=None):
        super().__init__(axis, prefix=prefix, params=params)


class SparseEmbedding(Block):
    """Vectors for numbers from 0 to `input_dim` - 1 whose weight and gradient are row_sparse: a
    step of training touches the rows of its batch alone. It needs a Trainer, created before the
    first forward."""

    def __init__(self, input_dim, output_dim, dtype='float32', weight_initializer=None, **kwargs):
        super().__init__(**kwargs)
        self._kwargs = {'input_dim': input_dim, 'output_dim': output_dim, 'dtype': dtype,
                        'sparse_grad': True}
        self.weight = self.params.get('weight', shape=(input_dim, output_dim), dtype=dtype,
                                      init=weight_initializer, stype='row_sparse',
                                      grad_stype='row_sparse')

    def forward(self, x):
        """The rows with the numbers x."""
        return nd.Embedding(x, self.weight.row_sparse_data(x), name='fwd', **self._kwargs)

    def __repr__(self):
        return (f'{type(self).__name__}({self._kwargs["input_dim"]} -> '
                f'{self._kwargs["output_dim"]}, {self._kwargs["dtype"]})')


class SyncBatchNorm(BatchNorm):
    """BatchNorm whose mean and variance are those of all devices' parts of a batch. With one
    device it is BatchNorm. Several `num_devices` are refused: the calls for the parts are made one
    after the other and each computes before it returns, so that the first would wait for those
    that are not made yet."""

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
            raise NotImplementedError(f'SyncBatchNorm over {num_devices} devices: the parts of a '
                                      'batch are computed one after the other')
        self._kwargs = {'eps': epsilon, 'momentum': momentum, 'fix_gamma': not scale,
                        'use_global_stats': use_global_stats, 'ndev': num_devices,
                        'key': self.prefix}

    def hybrid_forward(self, F, x, gamma, beta, running_mean, running_var):
        F = operators(F, x)
        return F.contrib.SyncBatchNorm(x, gamma, beta, running_mean, running_var, name='fwd',
                                       **self._kwargs)

    @staticmethod
    def _number_of_gpus():
        from ....context import num_gpus
        return max(1, num_gpus())
