"""Networks that classify pictures: (N, 3, 224, 224), or 299 for Inception, to (N, classes).

Parameters have MXNet's names and shapes, so that files fit.
"""
from .alexnet import AlexNet, alexnet
from .densenet import DenseNet, densenet121, densenet161, densenet169, densenet201
from .inception import Inception3, inception_v3
from .mobilenet import (MobileNet, MobileNetV2, get_mobilenet, get_mobilenet_v2, mobilenet0_25,
                        mobilenet0_5, mobilenet0_75, mobilenet1_0, mobilenet_v2_0_25,
                        mobilenet_v2_0_5, mobilenet_v2_0_75, mobilenet_v2_1_0)
from .mobilenet_v3 import (MobileNetV3, get_mobilenet_v3, mobilenet_v3_large,
                           mobilenet_v3_small)
from .resnet import (BasicBlockV1, BasicBlockV2, BottleneckV1, BottleneckV2, ResNetV1, ResNetV2,
                     get_resnet, resnet18_v1, resnet18_v2, resnet34_v1, resnet34_v2, resnet50_v1,
                     resnet50_v2, resnet101_v1, resnet101_v2, resnet152_v1, resnet152_v2)
from .squeezenet import SqueezeNet, squeezenet1_0, squeezenet1_1
from .vgg import (VGG, get_vgg, vgg11, vgg11_bn, vgg13, vgg13_bn, vgg16, vgg16_bn, vgg19,
                  vgg19_bn)

_MODELS = {
    **{function.__name__: function for function in (
        resnet18_v1, resnet34_v1, resnet50_v1, resnet101_v1, resnet152_v1, resnet18_v2,
        resnet34_v2, resnet50_v2, resnet101_v2, resnet152_v2, vgg11, vgg13, vgg16, vgg19, vgg11_bn,
        vgg13_bn, vgg16_bn, vgg19_bn, alexnet, densenet121, densenet161, densenet169,
        densenet201)},
    'squeezenet1.0': squeezenet1_0, 'squeezenet1.1': squeezenet1_1,
    'inceptionv3': inception_v3,
    'mobilenet1.0': mobilenet1_0, 'mobilenet0.75': mobilenet0_75, 'mobilenet0.5': mobilenet0_5,
    'mobilenet0.25': mobilenet0_25, 'mobilenetv2_1.0': mobilenet_v2_1_0,
    'mobilenetv2_0.75': mobilenet_v2_0_75, 'mobilenetv2_0.5': mobilenet_v2_0_5,
    'mobilenetv2_0.25': mobilenet_v2_0_25, 'mobilenetv3_large': mobilenet_v3_large,
    'mobilenetv3_small': mobilenet_v3_small,
}


def get_model(name, **kwargs):
    """The network of that name, such as 'resnet50_v1' or 'mobilenet1.0', with the options of the
    function that makes it. Raises ValueError, listing the names, for another one."""
    name = name.lower()
    if name not in _MODELS:
        raise ValueError(f'there is no network {name!r}; there are\n\t'
                         + '\n\t'.join(sorted(_MODELS)))
    return _MODELS[name](**kwargs)
