"""MobileNet: v1 (Howard et al., 2017), v2 (Sandler et al., 2018); v3 stands beside it."""
import os

from ....context import cpu
from ... import nn
from ...block import HybridBlock
from ...nn._faces import operators
from ..model_store import loaded

__all__ = ['MobileNet', 'MobileNetV2', 'mobilenet1_0', 'mobilenet_v2_1_0', 'mobilenet0_75',
           'mobilenet_v2_0_75', 'mobilenet0_5', 'mobilenet_v2_0_5', 'mobilenet0_25',
           'mobilenet_v2_0_25', 'get_mobilenet', 'get_mobilenet_v2']


class RELU6(HybridBlock):
    """A relu that ends at 6."""

    def hybrid_forward(self, F, x):
        return operators(F, x).clip(x, a_min=0, a_max=6, name='relu6')


def _add_conv(out, channels=1, kernel=1, stride=1, pad=0, num_group=1, active=True, relu6=False):
    out.add(nn.Conv2D(channels, kernel, stride, pad, groups=num_group, use_bias=False),
            nn.BatchNorm())
    if active:
        out.add(RELU6() if relu6 else nn.Activation('relu'))


class LinearBottleneck(HybridBlock):
    """A convolution of each channel by itself, between one to `t` times as many channels and one
    back; with a way around where shapes are the same."""

    def __init__(self, in_channels, channels, t, stride, **kwargs):
        super().__init__(**kwargs)
        self.use_shortcut = stride == 1 and in_channels == channels
        inner = in_channels * t
        with self.name_scope():
            self.out = nn.HybridSequential(prefix='')
            _add_conv(self.out, inner, relu6=True)
            _add_conv(self.out, inner, kernel=3, stride=stride, pad=1, num_group=inner, relu6=True)
            _add_conv(self.out, channels, active=False, relu6=True)

    def hybrid_forward(self, F, x):
        out = self.out(x)
        return operators(F, x).elemwise_add(out, x) if self.use_shortcut else out


# Channels in and out of each pair of convolutions, and its stride.
_V1 = [(32, 64, 1), (64, 128, 2), (128, 128, 1), (128, 256, 2), (256, 256, 1), (256, 512, 2)] + \
      [(512, 512, 1)] * 5 + [(512, 1024, 2), (1024, 1024, 1)]


class MobileNet(HybridBlock):
    """Convolutions of each channel by itself, and 1x1 convolutions; `multiplier` scales the
    channels."""

    def __init__(self, multiplier=1.0, classes=1000, **kwargs):
        super().__init__(**kwargs)
        with self.name_scope():
            self.features = nn.HybridSequential(prefix='')
            with self.features.name_scope():
                _add_conv(self.features, int(32 * multiplier), kernel=3, stride=2, pad=1)
                for before, after, stride in _V1:
                    before, after = int(before * multiplier), int(after * multiplier)
                    _add_conv(self.features, before, kernel=3, stride=stride, pad=1,
                              num_group=before)
                    _add_conv(self.features, after)
                self.features.add(nn.GlobalAvgPool2D(), nn.Flatten())
            self.output = nn.Dense(classes)

    def hybrid_forward(self, F, x):
        return self.output(self.features(x))


# Channels, the factor within, how often, and the stride of the first.
_V2 = [(16, 1, 1, 1), (24, 6, 2, 2), (32, 6, 3, 2), (64, 6, 4, 2), (96, 6, 3, 1), (160, 6, 3, 2),
       (320, 6, 1, 1)]


class MobileNetV2(HybridBlock):
    """Rows of LinearBottleneck; `multiplier` scales the channels."""

    def __init__(self, multiplier=1.0, classes=1000, **kwargs):
        super().__init__(**kwargs)
        with self.name_scope():
            self.features = nn.HybridSequential(prefix='features_')
            with self.features.name_scope():
                before = int(32 * multiplier)
                _add_conv(self.features, before, kernel=3, stride=2, pad=1, relu6=True)
                for channels, t, count, stride in _V2:
                    channels = int(channels * multiplier)
                    for i in range(count):
                        self.features.add(LinearBottleneck(before, channels, t,
                                                           stride if i == 0 else 1))
                        before = channels
                last = int(1280 * multiplier) if multiplier > 1.0 else 1280
                _add_conv(self.features, last, relu6=True)
                self.features.add(nn.GlobalAvgPool2D())
            self.output = nn.HybridSequential(prefix='output_')
            with self.output.name_scope():
                self.output.add(nn.Conv2D(classes, 1, use_bias=False, prefix='pred_'),
                                nn.Flatten())

    def hybrid_forward(self, F, x):
        return self.output(self.features(x))


def _suffix(multiplier):
    """As files are called: 1.0, 0.75, 0.5, 0.25."""
    suffix = f'{multiplier:.2f}'
    return suffix[:-1] if suffix in ('1.00', '0.50') else suffix


def get_mobilenet(multiplier, pretrained=False, ctx=cpu(),
                  root=os.path.join('~', '.mxnet', 'models'), **kwargs):
    """MobileNet with so many times the channels; `pretrained` takes its weights from the folder
    `root`."""
    return loaded(MobileNet(multiplier, **kwargs), f'mobilenet{_suffix(multiplier)}', pretrained,
                  ctx, root)


def get_mobilenet_v2(multiplier, pretrained=False, ctx=cpu(),
                     root=os.path.join('~', '.mxnet', 'models'), **kwargs):
    """MobileNetV2; options as get_mobilenet."""
    return loaded(MobileNetV2(multiplier, **kwargs), f'mobilenetv2_{_suffix(multiplier)}',
                  pretrained, ctx, root)


def mobilenet1_0(**kwargs):
    """MobileNet; options as get_mobilenet."""
    return get_mobilenet(1.0, **kwargs)


def mobilenet0_75(**kwargs):
    """MobileNet with 0.75 times the channels; options as get_mobilenet."""
    return get_mobilenet(0.75, **kwargs)


def mobilenet0_5(**kwargs):
    """MobileNet with half the channels; options as get_mobilenet."""
    return get_mobilenet(0.5, **kwargs)


def mobilenet0_25(**kwargs):
    """MobileNet with a quarter of the channels; options as get_mobilenet."""
    return get_mobilenet(0.25, **kwargs)


def mobilenet_v2_1_0(**kwargs):
    """MobileNetV2; options as get_mobilenet."""
    return get_mobilenet_v2(1.0, **kwargs)


def mobilenet_v2_0_75(**kwargs):
    """MobileNetV2 with 0.75 times the channels; options as get_mobilenet."""
    return get_mobilenet_v2(0.75, **kwargs)


def mobilenet_v2_0_5(**kwargs):
    """MobileNetV2 with half the channels; options as get_mobilenet."""
    return get_mobilenet_v2(0.5, **kwargs)


def mobilenet_v2_0_25(**kwargs):
    """MobileNetV2 with a quarter of the channels; options as get_mobilenet."""
    return get_mobilenet_v2(0.25, **kwargs)
