"""VGG (Simonyan and Zisserman, 2014)."""
import os

from ....context import cpu
from ....initializer import Xavier
from ... import nn
from ...block import HybridBlock
from ..model_store import loaded

__all__ = ['VGG', 'vgg11', 'vgg13', 'vgg16', 'vgg19', 'vgg11_bn', 'vgg13_bn', 'vgg16_bn',
           'vgg19_bn', 'get_vgg']

# By the number of layers: convolutions in each of five groups, and their channels.
_LAYERS = {11: (1, 1, 2, 2, 2), 13: (2, 2, 2, 2, 2), 16: (2, 2, 3, 3, 3), 19: (2, 2, 4, 4, 4)}
_FILTERS = (64, 128, 256, 512, 512)


class VGG(HybridBlock):
    """Groups of 3x3 convolutions with pooling behind each, and three fully connected layers.
    `layers` and `filters` say how many convolutions each group has, and how many channels."""

    def __init__(self, layers, filters, classes=1000, batch_norm=False, **kwargs):
        super().__init__(**kwargs)
        assert len(layers) == len(filters), (
            f'expected as many numbers of layers as of filters, got {layers} and {filters}')
        with self.name_scope():
            self.features = nn.HybridSequential(prefix='')
            for count, channels in zip(layers, filters):
                for _ in range(count):
                    self._add_convolution(channels, batch_norm)
                self.features.add(nn.MaxPool2D(strides=2))
            for _ in range(2):
                self.features.add(nn.Dense(4096, activation='relu', weight_initializer='normal',
                                           bias_initializer='zeros'), nn.Dropout(rate=0.5))
            self.output = nn.Dense(classes, weight_initializer='normal', bias_initializer='zeros')

    def _add_convolution(self, channels, batch_norm):
        self.features.add(nn.Conv2D(
            channels, kernel_size=3, padding=1, bias_initializer='zeros',
            weight_initializer=Xavier(rnd_type='gaussian', factor_type='out', magnitude=2)))
        if batch_norm:
            self.features.add(nn.BatchNorm())
        self.features.add(nn.Activation('relu'))

    def hybrid_forward(self, F, x):
        return self.output(self.features(x))


def get_vgg(num_layers, pretrained=False, ctx=cpu(), root=os.path.join('~', '.mxnet', 'models'),
            **kwargs):
    """VGG with 11, 13, 16 or 19 layers, with `batch_norm=True` behind each convolution;
    `pretrained` takes its weights from the folder `root`."""
    name = f'vgg{num_layers}{"_bn" if kwargs.get("batch_norm") else ""}'
    return loaded(VGG(_LAYERS[num_layers], _FILTERS, **kwargs), name, pretrained, ctx, root)


def vgg11(**kwargs):
    """VGG-11; options as get_vgg."""
    return get_vgg(11, **kwargs)


def vgg13(**kwargs):
    """VGG-13; options as get_vgg."""
    return get_vgg(13, **kwargs)


def vgg16(**kwargs):
    """VGG-16; options as get_vgg."""
    return get_vgg(16, **kwargs)


def vgg19(**kwargs):
    """VGG-19; options as get_vgg."""
    return get_vgg(19, **kwargs)


def vgg11_bn(**kwargs):
    """VGG-11 with batch normalization; options as get_vgg."""
    return get_vgg(11, **{**kwargs, 'batch_norm': True})


def vgg13_bn(**kwargs):
    """VGG-13 with batch normalization; options as get_vgg."""
    return get_vgg(13, **{**kwargs, 'batch_norm': True})


def vgg16_bn(**kwargs):
    """VGG-16 with batch normalization; options as get_vgg."""
    return get_vgg(16, **{**kwargs, 'batch_norm': True})


def vgg19_bn(**kwargs):
    """VGG-19 with batch normalization; options as get_vgg."""
    return get_vgg(19, **{**kwargs, 'batch_norm': True})
