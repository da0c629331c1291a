"""Options of layers, losses and cells may be NumPy's numbers, as shapes and products give them."""
import numpy as np
import pytest

import gluino as mx
from gluino import gluon, nd
from gluino.gluon import nn

TWO, HALF = np.int64(2), np.float32(0.5)
PICTURE = (1, 4, 8, 8)


LAYERS = {
    'Conv2D': lambda n, _: nn.Conv2D(3, n + 1, strides=n, padding=n - 1),
    'Conv2DTranspose': lambda n, _: nn.Conv2DTranspose(3, n, output_padding=n - 2),
    'MaxPool2D': lambda n, _: nn.MaxPool2D(n, n - 1, n - 2),
    'AvgPool2D': lambda n, _: nn.AvgPool2D(n),
    'ReflectionPad2D': lambda n, _: nn.ReflectionPad2D(n),
    'PixelShuffle2D': lambda n, _: nn.PixelShuffle2D(n),
    'DropoutCell': lambda _, half: gluon.rnn.DropoutCell(half),
}


@pytest.mark.parametrize('name', LAYERS)
def test_layers(name):
    layer, same = LAYERS[name](TWO, HALF), LAYERS[name](2, 0.5)
    assert repr(layer) == repr(same)
    if name != 'DropoutCell':
        layer.initialize()
        same.initialize()
        assert layer(nd.ones(PICTURE)).shape == same(nd.ones(PICTURE)).shape


def test_cells_and_losses():
    cell = gluon.contrib.rnn.Conv2DLSTMCell((3, 8, 8), TWO, TWO + 1, TWO + 1, TWO - 1)
    assert cell.state_info(1) == gluon.contrib.rnn.Conv2DLSTMCell((3, 8, 8), 2, 3, 3, 1).state_info(1)
    loss = gluon.loss.L2Loss(weight=HALF)(nd.ones((2, 3)), nd.zeros((2, 3)))
    assert loss.asnumpy().tolist() == [0.25, 0.25]
    assert mx.rnn.DropoutCell(HALF).dropout == 0.5
    assert nd.ones((1, 2)).squeeze(axis=np.int64(0), inplace=True).shape == (2,)


@pytest.mark.parametrize('wrong', [2.5, 'a', None])
def test_what_is_no_size_is_told(wrong):
    for make in (lambda size: nn.Conv2D(3, size), nn.MaxPool2D, nn.PixelShuffle2D):
        with pytest.raises(TypeError, match='expected a size, or one for each of 2 axes'):
            make(wrong)


@pytest.mark.parametrize('layer', [lambda act: nn.Dense(2, activation=act),
                                   lambda act: nn.Conv2D(2, 3, activation=act)])
def test_activations_of_layers_are_names(layer):
    for wrong in (nd.relu, nn.Activation('relu'), 3):
        with pytest.raises(TypeError, match="activation: expected a name such as 'relu'"):
            layer(wrong)
