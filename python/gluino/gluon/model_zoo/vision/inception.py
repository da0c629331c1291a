"""Inception v3 (Szegedy et al., 2015: "Rethinking the Inception architecture")."""
import os

from ....context import cpu
from ... import nn
from ...block import HybridBlock
from ...contrib.nn import HybridConcurrent
from ..model_store import loaded

__all__ = ['Inception3', 'inception_v3']


def _conv(channels, kernel_size, strides=1, padding=0):
    """A convolution, batch normalization and relu."""
    part = nn.HybridSequential(prefix='')
    part.add(nn.Conv2D(channels, kernel_size, strides, padding, use_bias=False),
             nn.BatchNorm(epsilon=0.001), nn.Activation('relu'))
    return part


def _row(*layers):
    row = nn.HybridSequential(prefix='')
    row.add(*layers)
    return row


def _beside(prefix, branches):
    """Branches, made within the scope of their module, whose outputs are joined."""
    module = HybridConcurrent(axis=1, prefix=prefix)
    with module.name_scope():
        for branch in branches():
            module.add(branch)
    return module


def _average(channels):
    return _row(nn.AvgPool2D(pool_size=3, strides=1, padding=1), _conv(channels, 1))


def _module_a(pooled, prefix):
    return _beside(prefix, lambda: [
        _row(_conv(64, 1)), _row(_conv(48, 1), _conv(64, 5, padding=2)),
        _row(_conv(64, 1), _conv(96, 3, padding=1), _conv(96, 3, padding=1)), _average(pooled)])


def _module_b(prefix):
    return _beside(prefix, lambda: [
        _row(_conv(384, 3, 2)),
        _row(_conv(64, 1), _conv(96, 3, padding=1), _conv(96, 3, 2)),
        _row(nn.MaxPool2D(pool_size=3, strides=2))])


def _wide(channels):
    return _conv(channels, (1, 7), padding=(0, 3))


def _tall(channels):
    return _conv(channels, (7, 1), padding=(3, 0))


def _module_c(channels, prefix):
    return _beside(prefix, lambda: [
        _row(_conv(192, 1)), _row(_conv(channels, 1), _wide(channels), _tall(192)),
        _row(_conv(channels, 1), _tall(channels), _wide(channels), _tall(channels), _wide(192)),
        _average(192)])


def _module_d(prefix):
    return _beside(prefix, lambda: [
        _row(_conv(192, 1), _conv(320, 3, 2)),
        _row(_conv(192, 1), _wide(192), _tall(192), _conv(192, 3, 2)),
        _row(nn.MaxPool2D(pool_size=3, strides=2))])


def _module_e(prefix):
    def fork():
        both = HybridConcurrent(axis=1, prefix='')
        both.add(_row(_conv(384, (1, 3), padding=(0, 1))),
                 _row(_conv(384, (3, 1), padding=(1, 0))))
        return both
    return _beside(prefix, lambda: [
        _row(_conv(320, 1)), _row(_row(_conv(384, 1)), fork()),
        _row(_row(_conv(448, 1), _conv(384, 3, padding=1)), fork()), _average(192)])


class Inception3(HybridBlock):
    """Modules of branches beside each other; pictures are 299 x 299."""

    def __init__(self, classes=1000, **kwargs):
        super().__init__(**kwargs)
        with self.name_scope():
            self.features = nn.HybridSequential(prefix='')
            self.features.add(
                _conv(32, 3, 2), _conv(32, 3), _conv(64, 3, padding=1),
                nn.MaxPool2D(pool_size=3, strides=2), _conv(80, 1), _conv(192, 3),
                nn.MaxPool2D(pool_size=3, strides=2),
                _module_a(32, 'A1_'), _module_a(64, 'A2_'), _module_a(64, 'A3_'),
                _module_b('B_'),
                _module_c(128, 'C1_'), _module_c(160, 'C2_'), _module_c(160, 'C3_'),
                _module_c(192, 'C4_'),
                _module_d('D_'), _module_e('E1_'), _module_e('E2_'),
                nn.AvgPool2D(pool_size=8), nn.Dropout(0.5))
            self.output = nn.Dense(classes)

    def hybrid_forward(self, F, x):
        return self.output(self.features(x))


def inception_v3(pretrained=False, ctx=cpu(), root=os.path.join('~', '.mxnet', 'models'),
                 **kwargs):
    """Inception v3; `pretrained` takes its weights from the folder `root`."""
    return loaded(Inception3(**kwargs), 'inceptionv3', pretrained, ctx, root)
