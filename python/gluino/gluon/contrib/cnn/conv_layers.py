"""Convolutions whose kernels' points are moved by offsets that another convolution finds."""
from ...block import HybridBlock
from ...nn import Activation
from ...nn._faces import operators
from ...nn._pooling import _per_axis

__all__ = ['DeformableConvolution', 'ModulatedDeformableConvolution']


class _Deformable(HybridBlock):
    """What the two share. `num_deformable_group` groups of channels have offsets of their own;
    `activation` is one of nn.Activation's."""

    # The name of what is counted in prefixes.
    _kind = ''
    # How many numbers belong to each point of a kernel.
    _per_point = 2

    def __init__(self, channels, kernel_size=(1, 1), strides=(1, 1), padding=(0, 0),
                 dilation=(1, 1), groups=1, num_deformable_group=1, layout='NCHW', use_bias=True,
                 in_channels=0, activation=None, weight_initializer=None, bias_initializer='zeros',
                 offset_weight_initializer='zeros', offset_bias_initializer='zeros',
                 offset_use_bias=True, op_name=None, adj=None, prefix=None, params=None):
        super().__init__(prefix=prefix, params=params)
        if layout != 'NCHW' or adj is not None or op_name not in (None, type(self).__name__):
            raise NotImplementedError(f'{type(self).__name__}: layout but NCHW, adj and op_name '
                                      'are not there')
        kernel, stride, pad, dilate = (_per_axis(sizes, 2) for sizes in
                                       (kernel_size, strides, padding, dilation))
        self._channels = channels
        points = kernel[0] * kernel[1] * num_deformable_group
        geometry = {'kernel': kernel, 'stride': stride, 'pad': pad, 'dilate': dilate,
                    'num_group': groups, 'layout': layout}
        self._kwargs_offset = {**geometry, 'num_filter': self._per_point * points,
                               'no_bias': not offset_use_bias}
        self._kwargs_deformable_conv = {**geometry, 'num_filter': channels,
                                        'no_bias': not use_bias,
                                        'num_deformable_group': num_deformable_group}
        inputs = in_channels // groups
        with self.name_scope():
            self._add_parameters(
                {'offset': (self._kwargs_offset['num_filter'], offset_weight_initializer,
                            offset_use_bias and offset_bias_initializer),
                 'deformable_conv': (channels, weight_initializer, use_bias and bias_initializer)},
                (inputs, *kernel))
            self.act = activation and Activation(activation, prefix=activation + '_')

    def _add_parameters(self, kinds, columns):
        for kind in self._order:
            rows, weight_init, bias_init = kinds[kind]
            setattr(self, f'{kind}_weight', self.params.get(
                f'{kind}_weight', shape=(rows, *columns), init=weight_init,
                allow_deferred_init=True))
            setattr(self, f'{kind}_bias', self.params.get(
                f'{kind}_bias', shape=(rows,), init=bias_init,
                allow_deferred_init=True) if bias_init else None)

    def _alias(self):
        return self._kind

    # In which parameters are made, and so their first values drawn.
    _order = ('offset', 'deformable_conv')

    def infer_shape(self, x, *args):
        """The weights have the columns of the inputs of a group."""
        for weight in (self.offset_weight, self.deformable_conv_weight):
            shape = list(weight.shape)
            shape[1] = x.shape[1] // self._kwargs_offset['num_group']
            weight.shape = tuple(shape)

    def hybrid_forward(self, F, x, offset_weight, deformable_conv_weight, offset_bias=None,
                       deformable_conv_bias=None):
        """The convolution of x."""
        F = operators(F, x)
        found = F.Convolution(x, offset_weight, offset_bias, name='offset', **self._kwargs_offset)
        biases = [] if deformable_conv_bias is None else [deformable_conv_bias]
        y = self._convolution(F, x, found, deformable_conv_weight, *biases)
        return self.act(y) if self.act else y

    def _convolution(self, F, x, found, *parameters):
        raise NotImplementedError(type(self).__name__)

    def __repr__(self):
        options = self._kwargs_deformable_conv
        text = (f'{self.deformable_conv_weight.shape[1] or None} -> {self._channels}, '
                f'kernel_size={options["kernel"]}, stride={options["stride"]}')
        for name, key, usual in (('padding', 'pad', (0, 0)), ('dilation', 'dilate', (1, 1)),
                                 ('groups', 'num_group', 1)):
            if options[key] != usual:
                text += f', {name}={options[key]}'
        if options['no_bias']:
            text += ', bias=False'
        return f'{type(self).__name__}({text}{f", {self.act}" if self.act else ""})'


class DeformableConvolution(_Deformable):
    """A convolution of images (N, C, H, W) whose points are moved (Dai et al., 2017)."""

    _kind = 'deformable_conv'

    def _convolution(self, F, x, found, *parameters):
        return F.contrib.DeformableConvolution(x, found, *parameters, name='fwd',
                                               **self._kwargs_deformable_conv)


class ModulatedDeformableConvolution(_Deformable):
    """The same with what each point finds multiplied by a number from 0 to 2 (Zhu et al., 2019)."""

    _kind = 'modulated_deformable_conv'
    _per_point = 3
    _order = ('deformable_conv', 'offset')

    def _convolution(self, F, x, found, *parameters):
        moves = self._kwargs_offset['num_filter'] // self._per_point * 2
        offset = F.slice_axis(found, axis=1, begin=0, end=moves)
        mask = F.sigmoid(F.slice_axis(found, axis=1, begin=moves, end='None')) * 2
        return F.contrib.ModulatedDeformableConvolution(x, offset, mask, *parameters, name='fwd',
                                                        **self._kwargs_deformable_conv)
