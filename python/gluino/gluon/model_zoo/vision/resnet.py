"""Residual networks: v1 (He et al., 2015: "Deep residual learning") and v2 (He et al., 2016:
"Identity mappings")."""
import os

from ....context import cpu
from ... import nn
from ...block import HybridBlock
from ...nn._faces import operators
from ..model_store import loaded

__all__ = ['ResNetV1', 'ResNetV2', 'BasicBlockV1', 'BasicBlockV2', 'BottleneckV1', 'BottleneckV2',
           'resnet18_v1', 'resnet34_v1', 'resnet50_v1', 'resnet101_v1', 'resnet152_v1',
           'resnet18_v2', 'resnet34_v2', 'resnet50_v2', 'resnet101_v2', 'resnet152_v2',
           'get_resnet']


def _conv3x3(channels, stride, in_channels):
    return nn.Conv2D(channels, kernel_size=3, strides=stride, padding=1, use_bias=False,
                     in_channels=in_channels)


def _relu(F, x):
    return operators(F, x).Activation(x, act_type='relu')


class _BlockV1(HybridBlock):
    """A body, a way around it, and a relu behind their sum."""

    def __init__(self, channels, stride, downsample, in_channels, **kwargs):
        super().__init__(**kwargs)
        self.body = nn.HybridSequential(prefix='')
        self._fill_body(channels, stride, in_channels)
        if downsample:
            self.downsample = nn.HybridSequential(prefix='')
            self.downsample.add(nn.Conv2D(channels, kernel_size=1, strides=stride, use_bias=False,
                                          in_channels=in_channels), nn.BatchNorm())
        else:
            self.downsample = None

    def _fill_body(self, channels, stride, in_channels):
        raise NotImplementedError

    def hybrid_forward(self, F, x):
        body = self.body(x)  # before the other, as MXNet draws first weights and lists layers
        around = self.downsample(x) if self.downsample else x
        return _relu(F, self._sum(body, around))

    def _sum(self, body, around):
        return body + around


class BasicBlockV1(_BlockV1):
    """Two 3x3 convolutions, for ResNet-18 and 34."""

    def __init__(self, channels, stride, downsample=False, in_channels=0, **kwargs):
        super().__init__(channels, stride, downsample, in_channels, **kwargs)

    def _fill_body(self, channels, stride, in_channels):
        self.body.add(_conv3x3(channels, stride, in_channels), nn.BatchNorm(),
                      nn.Activation('relu'), _conv3x3(channels, 1, channels), nn.BatchNorm())

    def _sum(self, body, around):
        return around + body  # as MXNet lists the graph's arguments


class BottleneckV1(_BlockV1):
    """A 3x3 convolution of a quarter of the channels between two 1x1, for ResNet-50 and deeper."""

    def __init__(self, channels, stride, downsample=False, in_channels=0, **kwargs):
        super().__init__(channels, stride, downsample, in_channels, **kwargs)

    def _fill_body(self, channels, stride, in_channels):
        inner = channels // 4
        self.body.add(nn.Conv2D(inner, kernel_size=1, strides=stride), nn.BatchNorm(),
                      nn.Activation('relu'), _conv3x3(inner, 1, inner), nn.BatchNorm(),
                      nn.Activation('relu'), nn.Conv2D(channels, kernel_size=1, strides=1),
                      nn.BatchNorm())


class _BlockV2(HybridBlock):
    """Convolutions, each behind a batch normalization and a relu, and a way around them."""

    def _add_downsample(self, channels, stride, downsample, in_channels):
        if downsample:
            self.downsample = nn.Conv2D(channels, 1, stride, use_bias=False,
                                        in_channels=in_channels)
        else:
            self.downsample = None

    def _pairs(self):
        """The batch normalizations and their convolutions."""
        raise NotImplementedError

    def hybrid_forward(self, F, x):
        around = x
        for i, (bn, conv) in enumerate(self._pairs()):
            x = _relu(F, bn(x))
            if i == 0 and self.downsample:
                around = self.downsample(x)
            x = conv(x)
        return x + around


class BasicBlockV2(_BlockV2):
    """Two 3x3 convolutions, for ResNet-18 and 34."""

    def __init__(self, channels, stride, downsample=False, in_channels=0, **kwargs):
        super().__init__(**kwargs)
        self.bn1 = nn.BatchNorm()
        self.conv1 = _conv3x3(channels, stride, in_channels)
        self.bn2 = nn.BatchNorm()
        self.conv2 = _conv3x3(channels, 1, channels)
        self._add_downsample(channels, stride, downsample, in_channels)

    def _pairs(self):
        return (self.bn1, self.conv1), (self.bn2, self.conv2)


class BottleneckV2(_BlockV2):
    """A 3x3 convolution of a quarter of the channels between two 1x1, for ResNet-50 and deeper."""

    def __init__(self, channels, stride, downsample=False, in_channels=0, **kwargs):
        super().__init__(**kwargs)
        inner = channels // 4
        self.bn1 = nn.BatchNorm()
        self.conv1 = nn.Conv2D(inner, kernel_size=1, strides=1, use_bias=False)
        self.bn2 = nn.BatchNorm()
        self.conv2 = _conv3x3(inner, stride, inner)
        self.bn3 = nn.BatchNorm()
        self.conv3 = nn.Conv2D(channels, kernel_size=1, strides=1, use_bias=False)
        self._add_downsample(channels, stride, downsample, in_channels)

    def _pairs(self):
        return (self.bn1, self.conv1), (self.bn2, self.conv2), (self.bn3, self.conv3)


class _ResNet(HybridBlock):
    def __init__(self, block, layers, channels, classes, thumbnail, **kwargs):
        super().__init__(**kwargs)
        assert len(layers) == len(channels) - 1, (
            f'expected one number of channels more than of layers, got {channels} and {layers}')
        with self.name_scope():
            self.features = nn.HybridSequential(prefix='')
            self._add_first()
            self._add_stem(channels[0], thumbnail)
            in_channels = channels[0]
            for i, count in enumerate(layers):
                stride = 1 if i == 0 else 2
                self.features.add(self._stage(block, count, channels[i + 1], stride, i + 1,
                                              in_channels))
                in_channels = channels[i + 1]
            self._add_last()
            self.output = nn.Dense(classes, in_units=in_channels)

    def _add_first(self):
        """What stands before the first convolution."""

    def _add_last(self):
        """What stands behind the last block."""
        raise NotImplementedError

    def _add_stem(self, channels, thumbnail):
        if thumbnail:
            self.features.add(_conv3x3(channels, 1, 0))
            return
        self.features.add(nn.Conv2D(channels, 7, 2, 3, use_bias=False), nn.BatchNorm(),
                          nn.Activation('relu'), nn.MaxPool2D(3, 2, 1))

    @staticmethod
    def _stage(block, count, channels, stride, number, in_channels):
        stage = nn.HybridSequential(prefix=f'stage{number}_')
        with stage.name_scope():
            stage.add(block(channels, stride, channels != in_channels, in_channels=in_channels,
                            prefix=''))
            for _ in range(count - 1):
                stage.add(block(channels, 1, False, in_channels=channels, prefix=''))
        return stage

    def hybrid_forward(self, F, x):
        return self.output(self.features(x))


class ResNetV1(_ResNet):
    """Stages of `layers` blocks of the class `block`, with `channels`, the first of them behind
    the first convolution. `thumbnail` is for small pictures, such as CIFAR's."""

    def __init__(self, block, layers, channels, classes=1000, thumbnail=False, **kwargs):
        super().__init__(block, layers, channels, classes, thumbnail, **kwargs)

    def _add_last(self):
        self.features.add(nn.GlobalAvgPool2D())


class ResNetV2(_ResNet):
    """The same of blocks with the activations in front."""

    def __init__(self, block, layers, channels, classes=1000, thumbnail=False, **kwargs):
        super().__init__(block, layers, channels, classes, thumbnail, **kwargs)

    def _add_first(self):
        self.features.add(nn.BatchNorm(scale=False, center=False))

    def _add_last(self):
        self.features.add(nn.BatchNorm(), nn.Activation('relu'), nn.GlobalAvgPool2D(),
                          nn.Flatten())


# By the number of layers: the kind of block, blocks in each stage, and channels.
_SPECS = {18: ('basic', (2, 2, 2, 2), (64, 64, 128, 256, 512)),
          34: ('basic', (3, 4, 6, 3), (64, 64, 128, 256, 512)),
          50: ('bottleneck', (3, 4, 6, 3), (64, 256, 512, 1024, 2048)),
          101: ('bottleneck', (3, 4, 23, 3), (64, 256, 512, 1024, 2048)),
          152: ('bottleneck', (3, 8, 36, 3), (64, 256, 512, 1024, 2048))}
_NETS = {1: (ResNetV1, {'basic': BasicBlockV1, 'bottleneck': BottleneckV1}),
         2: (ResNetV2, {'basic': BasicBlockV2, 'bottleneck': BottleneckV2})}


def get_resnet(version, num_layers, pretrained=False, ctx=cpu(),
               root=os.path.join('~', '.mxnet', 'models'), **kwargs):
    """ResNet v1 or v2 with 18, 34, 50, 101 or 152 layers; `pretrained` takes its weights from the
    folder `root`."""
    assert num_layers in _SPECS, (
        f'Invalid number of layers: {num_layers}. Options are {list(_SPECS)}')
    assert version in _NETS, f'Invalid resnet version: {version}. Options are 1 and 2.'
    kind, layers, channels = _SPECS[num_layers]
    net, blocks = _NETS[version]
    return loaded(net(blocks[kind], layers, channels, **kwargs),
                  f'resnet{num_layers}_v{version}', pretrained, ctx, root)


def resnet18_v1(**kwargs):
    """ResNet-18 v1; options as get_resnet."""
    return get_resnet(1, 18, **kwargs)


def resnet34_v1(**kwargs):
    """ResNet-34 v1; options as get_resnet."""
    return get_resnet(1, 34, **kwargs)


def resnet50_v1(**kwargs):
    """ResNet-50 v1; options as get_resnet."""
    return get_resnet(1, 50, **kwargs)


def resnet101_v1(**kwargs):
    """ResNet-101 v1; options as get_resnet."""
    return get_resnet(1, 101, **kwargs)


def resnet152_v1(**kwargs):
    """ResNet-152 v1; options as get_resnet."""
    return get_resnet(1, 152, **kwargs)


def resnet18_v2(**kwargs):
    """ResNet-18 v2; options as get_resnet."""
    return get_resnet(2, 18, **kwargs)


def resnet34_v2(**kwargs):
    """ResNet-34 v2; options as get_resnet."""
    return get_resnet(2, 34, **kwargs)


def resnet50_v2(**kwargs):
    """ResNet-50 v2; options as get_resnet."""
    return get_resnet(2, 50, **kwargs)


def resnet101_v2(**kwargs):
    """ResNet-101 v2; options as get_resnet."""
    return get_resnet(2, 101, **kwargs)


def resnet152_v2(**kwargs):
    """ResNet-152 v2; options as get_resnet."""
    return get_resnet(2, 152, **kwargs)
