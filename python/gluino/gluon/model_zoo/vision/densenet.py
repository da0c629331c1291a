"""DenseNet (Huang et al., 2016)."""
import os

from ....context import cpu
from ... import nn
from ...block import HybridBlock
from ...contrib.nn import HybridConcurrent, Identity
from ..model_store import loaded

__all__ = ['DenseNet', 'densenet121', 'densenet161', 'densenet169', 'densenet201']


def _dense_layer(growth_rate, bn_size, dropout):
    """Joins its input and what two convolutions make of it."""
    new = nn.HybridSequential(prefix='')
    new.add(nn.BatchNorm(), nn.Activation('relu'),
            nn.Conv2D(bn_size * growth_rate, kernel_size=1, use_bias=False),
            nn.BatchNorm(), nn.Activation('relu'),
            nn.Conv2D(growth_rate, kernel_size=3, padding=1, use_bias=False))
    if dropout:
        new.add(nn.Dropout(dropout))
    out = HybridConcurrent(axis=1, prefix='')
    out.add(Identity(), new)
    return out


def _dense_block(count, bn_size, growth_rate, dropout, number):
    block = nn.HybridSequential(prefix=f'stage{number}_')
    with block.name_scope():
        for _ in range(count):
            block.add(_dense_layer(growth_rate, bn_size, dropout))
    return block


def _transition(channels):
    part = nn.HybridSequential(prefix='')
    part.add(nn.BatchNorm(), nn.Activation('relu'),
             nn.Conv2D(channels, kernel_size=1, use_bias=False),
             nn.AvgPool2D(pool_size=2, strides=2))
    return part


class DenseNet(HybridBlock):
    """Blocks in which each layer gets the outputs of all before it: `block_config` says of how
    many layers, `growth_rate` how many channels each adds, `bn_size` how many times as many there
    are within it."""

    def __init__(self, num_init_features, growth_rate, block_config, bn_size=4, dropout=0,
                 classes=1000, **kwargs):
        super().__init__(**kwargs)
        with self.name_scope():
            self.features = nn.HybridSequential(prefix='')
            self.features.add(
                nn.Conv2D(num_init_features, kernel_size=7, strides=2, padding=3, use_bias=False),
                nn.BatchNorm(), nn.Activation('relu'),
                nn.MaxPool2D(pool_size=3, strides=2, padding=1))
            channels = num_init_features
            for i, count in enumerate(block_config):
                self.features.add(_dense_block(count, bn_size, growth_rate, dropout, i + 1))
                channels += count * growth_rate
                if i < len(block_config) - 1:
                    channels //= 2
                    self.features.add(_transition(channels))
            self.features.add(nn.BatchNorm(), nn.Activation('relu'), nn.AvgPool2D(pool_size=7),
                              nn.Flatten())
            self.output = nn.Dense(classes)

    def hybrid_forward(self, F, x):
        return self.output(self.features(x))


# By the number of layers: the first convolution's channels, growth, and layers of each block.
_SPECS = {121: (64, 32, (6, 12, 24, 16)), 161: (96, 48, (6, 12, 36, 24)),
          169: (64, 32, (6, 12, 32, 32)), 201: (64, 32, (6, 12, 48, 32))}


def _get(num_layers, pretrained=False, ctx=cpu(), root=os.path.join('~', '.mxnet', 'models'),
         **kwargs):
    return loaded(DenseNet(*_SPECS[num_layers], **kwargs), f'densenet{num_layers}', pretrained,
                  ctx, root)


def densenet121(**kwargs):
    """DenseNet-121; `pretrained=True` takes its weights from the folder `root`."""
    return _get(121, **kwargs)


def densenet161(**kwargs):
    """DenseNet-161; options as densenet121."""
    return _get(161, **kwargs)


def densenet169(**kwargs):
    """DenseNet-169; options as densenet121."""
    return _get(169, **kwargs)


def densenet201(**kwargs):
    """DenseNet-201; options as densenet121."""
    return _get(201, **kwargs)
