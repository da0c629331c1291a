"""MobileNet v3 (Howard et al., 2019), large and small. MXNet itself has none; names and files of
parameters are gluoncv's."""
import math
import os

from ....context import cpu
from ... import nn
from ...block import HybridBlock
from ...nn._faces import operators
from ..model_store import loaded

__all__ = ['MobileNetV3', 'mobilenet_v3_large', 'mobilenet_v3_small', 'get_mobilenet_v3']


def _hard_sigmoid(F, x):
    return F.hard_sigmoid(x, alpha=1 / 6, beta=0.5)


class HardSwish(HybridBlock):
    """x relu6(x + 3) / 6."""

    def hybrid_forward(self, F, x):
        return x * _hard_sigmoid(operators(F, x), x)


class SqueezeExcitation(HybridBlock):
    """Weighs channels by what all of them hold on average (Hu et al., 2018)."""

    def __init__(self, channels, inner, **kwargs):
        super().__init__(**kwargs)
        with self.name_scope():
            self.conv1 = nn.Conv2D(inner, 1)
            self.conv2 = nn.Conv2D(channels, 1)

    def hybrid_forward(self, F, x):
        F = operators(F, x)
        average = F.Pooling(x, kernel=(1, 1), pool_type='avg', global_pool=True)
        return F.broadcast_mul(x, _hard_sigmoid(F, self.conv2(F.relu(self.conv1(average)))))


def _activation(name):
    return nn.Activation('relu') if name == 'relu' else HardSwish()


def _divisible(channels):
    """The next multiple of 8."""
    return int(math.ceil(channels / 8) * 8)


class ConvUnit(HybridBlock):
    """A convolution and what follows it."""

    def __init__(self, channels, kernel, act, stride=1, groups=1, **kwargs):
        super().__init__(**kwargs)
        with self.name_scope():
            self.conv = nn.Conv2D(channels, kernel, stride, kernel // 2, groups=groups,
                                  use_bias=False)
            self.bn = nn.BatchNorm()
            self.act = act and _activation(act)

    def hybrid_forward(self, F, x):
        x = self.bn(self.conv(x))
        return self.act(x) if self.act else x


class ResUnit(HybridBlock):
    """A convolution of each channel by itself between one to more channels and one back, with a
    way around where shapes are the same."""

    def __init__(self, before, kernel, inner, channels, excites, act, stride, **kwargs):
        super().__init__(**kwargs)
        self._has_shortcut = before == channels and stride == 1
        with self.name_scope():
            self.expand = ConvUnit(inner, 1, act) if inner != channels else None
            self.conv1 = ConvUnit(inner, kernel, act, stride, groups=inner)
            self.se = SqueezeExcitation(inner, _divisible(inner // 4)) if excites else None
            self.conv2 = ConvUnit(channels, 1, None)

    def hybrid_forward(self, F, x):
        out = x
        for part in (self.expand, self.conv1, self.se, self.conv2):
            out = part(out) if part else out
        return x + out if self._has_shortcut else out


# The kernel's side, the channels within and behind, whether it weighs channels, its activation and
# its stride; tables 1 and 2 of the paper.
_LARGE = [(3, 16, 16, False, 'relu', 1), (3, 64, 24, False, 'relu', 2),
          (3, 72, 24, False, 'relu', 1), (5, 72, 40, True, 'relu', 2),
          (5, 120, 40, True, 'relu', 1), (5, 120, 40, True, 'relu', 1),
          (3, 240, 80, False, 'hswish', 2), (3, 200, 80, False, 'hswish', 1),
          (3, 184, 80, False, 'hswish', 1), (3, 184, 80, False, 'hswish', 1),
          (3, 480, 112, True, 'hswish', 1), (3, 672, 112, True, 'hswish', 1),
          (5, 672, 160, True, 'hswish', 2), (5, 960, 160, True, 'hswish', 1),
          (5, 960, 160, True, 'hswish', 1)]
_SMALL = [(3, 16, 16, True, 'relu', 2), (3, 72, 24, False, 'relu', 2),
          (3, 88, 24, False, 'relu', 1), (5, 96, 40, True, 'hswish', 2),
          (5, 240, 40, True, 'hswish', 1), (5, 240, 40, True, 'hswish', 1),
          (5, 120, 48, True, 'hswish', 1), (5, 144, 48, True, 'hswish', 1),
          (5, 288, 96, True, 'hswish', 2), (5, 576, 96, True, 'hswish', 1),
          (5, 576, 96, True, 'hswish', 1)]
_VERSIONS = {'large': (_LARGE, 960), 'small': (_SMALL, 576)}


class MobileNetV3(HybridBlock):
    """Bottlenecks found by a search, some of which weigh their channels; `version` is 'large' or
    'small', `multiplier` scales the channels."""

    def __init__(self, version='large', multiplier=1.0, classes=1000, **kwargs):
        super().__init__(**kwargs)
        if version not in _VERSIONS:
            raise ValueError(f'version: expected large or small, got {version!r}')
        units, last = _VERSIONS[version]
        with self.name_scope():
            self.features = nn.HybridSequential(prefix='features_')
            with self.features.name_scope():
                before = _divisible(16 * multiplier)
                self.features.add(nn.Conv2D(before, 3, 2, 1, use_bias=False), nn.BatchNorm(),
                                  HardSwish())
                for kernel, inner, channels, excites, act, stride in units:
                    channels = _divisible(multiplier * channels)
                    self.features.add(ResUnit(before, kernel, _divisible(multiplier * inner),
                                              channels, excites, act, stride))
                    before = channels
                self.features.add(nn.Conv2D(_divisible(multiplier * last), 1, use_bias=False),
                                  nn.BatchNorm(), HardSwish(), nn.GlobalAvgPool2D(),
                                  nn.Conv2D(1280, 1, use_bias=False), HardSwish())
            self.output = nn.HybridSequential(prefix='output_')
            with self.output.name_scope():
                self.output.add(nn.Conv2D(classes, 1, prefix='fc_'), nn.Flatten())

    def hybrid_forward(self, F, x):
        return self.output(self.features(x))


def get_mobilenet_v3(version, multiplier=1.0, pretrained=False, ctx=cpu(),
                     root=os.path.join('~', '.mxnet', 'models'), **kwargs):
    """MobileNetV3 of a version; `pretrained` takes its weights from the folder `root`."""
    return loaded(MobileNetV3(version, multiplier, **kwargs), f'mobilenetv3_{version}', pretrained,
                  ctx, root)


def mobilenet_v3_large(**kwargs):
    """MobileNetV3, the large one; options as get_mobilenet_v3."""
    return get_mobilenet_v3('large', **kwargs)


def mobilenet_v3_small(**kwargs):
    """MobileNetV3, the small one; options as get_mobilenet_v3."""
    return get_mobilenet_v3('small', **kwargs)
