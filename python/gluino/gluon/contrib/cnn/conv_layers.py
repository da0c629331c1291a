"""Convolutions whose kernels' points are moved by learned offsets. Their operators are not there
yet: making one raises NotImplementedError, which names the operator."""
from ...block import HybridBlock

__all__ = ['DeformableConvolution', 'ModulatedDeformableConvolution']


class _Deformable(HybridBlock):
    def __init__(self, channels, kernel_size=(1, 1), strides=(1, 1), padding=(0, 0),
                 dilation=(1, 1), groups=1, num_deformable_group=1, layout='NCHW', use_bias=True,
                 in_channels=0, activation=None, weight_initializer=None, bias_initializer='zeros',
                 offset_weight_initializer='zeros', offset_bias_initializer='zeros',
                 offset_use_bias=True, op_name='DeformableConvolution', adj=None, prefix=None,
                 params=None):
        super().__init__(prefix=prefix, params=params)
        raise NotImplementedError(f'{type(self).__name__}: there is no operator '
                                  f'_contrib_{type(self).__name__} yet')


class DeformableConvolution(_Deformable):
    """Dai et al., 2017."""


class ModulatedDeformableConvolution(_Deformable):
    """Zhu et al., 2018."""
