"""Layers that bring values to mean 0 and variance 1."""

import functools

import numpy as np

from ..block import HybridBlock
from ._faces import operators


def _req(learnt):
    return 'write' if learnt else 'null'


def _options_text(options):
    return ', '.join(f'{key}={value!r}' for key, value in options.items())


class _BatchNorm(HybridBlock):
    """What BatchNorm and BatchNormReLU share."""

    fuse_relu = False

    def __init__(self, axis=1, momentum=0.9, epsilon=1e-5, center=True, scale=True,
                 use_global_stats=False, beta_initializer='zeros', gamma_initializer='ones',
                 running_mean_initializer='zeros', running_variance_initializer='ones',
                 in_channels=0, **kwargs):
        super().__init__(**kwargs)
        self._kwargs = {'axis': axis, 'eps': epsilon, 'momentum': momentum, 'fix_gamma': not scale,
                        'use_global_stats': use_global_stats}
        self._axis = axis
        self.in_channels = in_channels
        shape = (in_channels,)
        with self.name_scope():
            self.gamma = self.params.get('gamma', grad_req=_req(scale), shape=shape,
                                         init=gamma_initializer, allow_deferred_init=True,
                                         differentiable=scale)
            self.beta = self.params.get('beta', grad_req=_req(center), shape=shape,
                                        init=beta_initializer, allow_deferred_init=True,
                                        differentiable=center)
            self.running_mean = self.params.get('running_mean', grad_req='null', shape=shape,
                                                init=running_mean_initializer,
                                                allow_deferred_init=True, differentiable=False)
            self.running_var = self.params.get('running_var', grad_req='null', shape=shape,
                                               init=running_variance_initializer,
                                               allow_deferred_init=True, differentiable=False)

    def cast(self, dtype):
        """Converts the parameters; statistics in half precision would be too coarse and stay in
        float32."""
        name = dtype if isinstance(dtype, str) else np.dtype(dtype).name
        super().cast('float32' if name in ('float16', 'bfloat16') else dtype)

    def hybrid_forward(self, F, x, gamma, beta, running_mean, running_var):
        """x, normalised over the batch; outside of training by the running statistics."""
        F = operators(F, x)
        y = F.BatchNorm(x, gamma, beta, running_mean, running_var, name='fwd', **self._kwargs)
        return F.Activation(y, act_type='relu') if self.fuse_relu else y

    def __repr__(self):
        return (f'{type(self).__name__}({_options_text(self._kwargs)}, '
                f'in_channels={self.gamma.shape[0] or None})')


class BatchNorm(_BatchNorm):
    """Normalises each channel over the batch, then scales by gamma and adds beta (Ioffe and
    Szegedy, 2015).

    Parameters
    ----------
    axis : int
        The axis of the channels.
    momentum : float
        How much of the running statistics stays in each step of training.
    epsilon : float
        Added to the variance.
    center, scale : bool
        Whether beta, gamma are learnt; else they are 0, 1.
    use_global_stats : bool
        Use the running statistics in training, too.
    beta_initializer, gamma_initializer, running_mean_initializer, running_variance_initializer :
        What the parameters begin with.
    in_channels : int
        Number of channels; 0: found in the first forward.

    All parameters have the shape (in_channels,).
    """


class BatchNormReLU(_BatchNorm):
    """relu of BatchNorm, with the same options."""

    fuse_relu = True


class _Affine(HybridBlock):
    """A normalisation with learnt gamma and beta."""

    def _make_affine(self, size, center, scale, beta_initializer, gamma_initializer):
        with self.name_scope():
            self.gamma = self.params.get('gamma', grad_req=_req(scale), shape=(size,),
                                         init=gamma_initializer, allow_deferred_init=True)
            self.beta = self.params.get('beta', grad_req=_req(center), shape=(size,),
                                        init=beta_initializer, allow_deferred_init=True)

    def __repr__(self):
        return (f'{type(self).__name__}({_options_text(self._kwargs)}, '
                f'in_channels={self.gamma.shape[0]})')


class InstanceNorm(_Affine):
    """Normalises each channel of each sample (Ulyanov et al., 2016); `axis` is that of the
    channels. The other options are those of BatchNorm."""

    def __init__(self, axis=1, epsilon=1e-5, center=True, scale=False, beta_initializer='zeros',
                 gamma_initializer='ones', in_channels=0, **kwargs):
        super().__init__(**kwargs)
        self._kwargs = {'eps': epsilon, 'axis': axis, 'center': center, 'scale': scale}
        self._axis = axis
        self._epsilon = epsilon
        self._make_affine(in_channels, center, scale, beta_initializer, gamma_initializer)

    def hybrid_forward(self, F, x, gamma, beta):
        """x, normalised over the axes of the image."""
        F = operators(F, x)
        if self._axis == 1:
            return F.InstanceNorm(x, gamma, beta, eps=self._epsilon, name='fwd')
        x = F.SwapAxis(x, dim1=1, dim2=self._axis)
        y = F.InstanceNorm(x, gamma, beta, eps=self._epsilon, name='fwd')
        return F.SwapAxis(y, dim1=1, dim2=self._axis)


class LayerNorm(_Affine):
    """Normalises along one axis of each sample (Ba et al., 2016). The options are those of
    BatchNorm."""

    def __init__(self, axis=-1, epsilon=1e-5, center=True, scale=True, beta_initializer='zeros',
                 gamma_initializer='ones', in_channels=0, prefix=None, params=None):
        super().__init__(prefix=prefix, params=params)
        self._kwargs = {'eps': epsilon, 'axis': axis, 'center': center, 'scale': scale}
        self._axis = axis
        self._epsilon = epsilon
        self._center = center
        self._scale = scale
        self._make_affine(in_channels, center, scale, beta_initializer, gamma_initializer)

    def hybrid_forward(self, F, data, gamma, beta):
        """data, normalised along the axis."""
        return operators(F, data).LayerNorm(data, gamma, beta, axis=self._axis, eps=self._epsilon)


def _are_channels(groups, shape):
    return len(shape) == 1 and shape[0] > 0 and shape[0] % groups == 0


class GroupNorm(_Affine):
    """Normalises groups of channels, the second axis, of each sample (Wu and He, 2018); gamma and
    beta have one number for each of `num_groups`; where `in_channels` is given, or a file has them,
    for each channel, as in MXNet 2. The other options are those of BatchNorm."""

    def __init__(self, num_groups=1, epsilon=1e-5, center=True, scale=True,
                 beta_initializer='zeros', gamma_initializer='ones', prefix=None, params=None,
                 *, in_channels=0):
        super().__init__(prefix=prefix, params=params)
        self._kwargs = {'eps': epsilon, 'num_groups': num_groups, 'center': center, 'scale': scale}
        self._num_groups = num_groups
        self._epsilon = epsilon
        if in_channels:
            self._kwargs['in_channels'] = in_channels
        self._make_affine(in_channels or num_groups, center, scale, beta_initializer,
                          gamma_initializer)
        if not in_channels:
            for parameter in (self.gamma, self.beta):
                parameter._may_become = functools.partial(_are_channels, num_groups)

    def hybrid_forward(self, F, data, gamma, beta):
        """data, normalised over each group's channels and the axes of the image."""
        return operators(F, data).GroupNorm(data, gamma, beta, num_groups=self._num_groups,
                                            eps=self._epsilon)

    def __repr__(self):
        return f'{type(self).__name__}({_options_text(self._kwargs)})'
