"""SqueezeNet (Iandola et al., 2016)."""
import os

from ....context import cpu
from ... import nn
from ...block import HybridBlock
from ...contrib.nn import HybridConcurrent
from ..model_store import loaded

__all__ = ['SqueezeNet', 'squeezenet1_0', 'squeezenet1_1']

# By version: channels and kernel of the first convolution, and what follows: the channels that a
# fire module squeezes to (it gives eight times as many), or a pooling.
_POOL = 'pool'
_VERSIONS = {'1.0': ((96, 7), (_POOL, 16, 16, 32, _POOL, 32, 48, 48, 64, _POOL, 64)),
             '1.1': ((64, 3), (_POOL, 16, 16, _POOL, 32, 32, _POOL, 48, 48, 64, 64))}


def _convolution(channels, kernel_size, padding=0):
    part = nn.HybridSequential(prefix='')
    part.add(nn.Conv2D(channels, kernel_size, padding=padding), nn.Activation('relu'))
    return part


def _fire(squeezed):
    module = nn.HybridSequential(prefix='')
    module.add(_convolution(squeezed, 1))
    expand = HybridConcurrent(axis=1, prefix='')
    expand.add(_convolution(4 * squeezed, 1), _convolution(4 * squeezed, 3, 1))
    module.add(expand)
    return module


class SqueezeNet(HybridBlock):
    """Few channels, then many, again and again; `version` is '1.0' or '1.1'."""

    def __init__(self, version, classes=1000, **kwargs):
        super().__init__(**kwargs)
        assert version in _VERSIONS, (
            f'Unsupported SqueezeNet version {version}: 1.0 or 1.1 expected')
        (channels, kernel), parts = _VERSIONS[version]
        with self.name_scope():
            self.features = nn.HybridSequential(prefix='')
            self.features.add(nn.Conv2D(channels, kernel_size=kernel, strides=2),
                              nn.Activation('relu'))
            for part in parts:
                self.features.add(nn.MaxPool2D(pool_size=3, strides=2, ceil_mode=True)
                                  if part == _POOL else _fire(part))
            self.features.add(nn.Dropout(0.5))
            self.output = nn.HybridSequential(prefix='')
            self.output.add(nn.Conv2D(classes, kernel_size=1), nn.Activation('relu'),
                            nn.AvgPool2D(13), nn.Flatten())

    def hybrid_forward(self, F, x):
        return self.output(self.features(x))


def _get(version, pretrained=False, ctx=cpu(), root=os.path.join('~', '.mxnet', 'models'),
         **kwargs):
    return loaded(SqueezeNet(version, **kwargs), f'squeezenet{version}', pretrained, ctx, root)


def squeezenet1_0(**kwargs):
    """SqueezeNet 1.0; `pretrained=True` takes its weights from the folder `root`."""
    return _get('1.0', **kwargs)


def squeezenet1_1(**kwargs):
    """SqueezeNet 1.1, which needs a fraction of the computation; options as squeezenet1_0."""
    return _get('1.1', **kwargs)
