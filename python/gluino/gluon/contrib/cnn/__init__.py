"""Convolutions with deformable kernels; not there yet."""
from .conv_layers import DeformableConvolution, ModulatedDeformableConvolution

__all__ = ['DeformableConvolution', 'ModulatedDeformableConvolution']
