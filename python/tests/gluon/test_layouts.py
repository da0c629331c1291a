"""Convolutions and pooling of rows, images and volumes, with the channels first or last."""
import itertools

import gluino as mx
import numpy as np
import pytest
from gluino import autograd, nd
from gluino.gluon import nn

CHANNELS_FIRST = {1: 'NCW', 2: 'NCHW', 3: 'NCDHW'}
CHANNELS_LAST = {1: 'NWC', 2: 'NHWC', 3: 'NDHWC'}
SIZES = {1: (9,), 2: (6, 7), 3: (4, 5, 6)}


def layer_of(name, axes, *args, **kwargs):
    layer = getattr(nn, name.format(axes))(*args, **kwargs)
    layer.initialize(mx.init.Uniform(1))
    return layer


def last(array):
    return np.moveaxis(array, 1, -1)


def windows(x, kernel, stride):
    """(N, C, places..., kernel...) of an image without borders."""
    view = np.lib.stride_tricks.sliding_window_view(x, kernel, tuple(range(2, x.ndim)))
    return view[(slice(None),) * 2 + tuple(slice(None, None, s) for s in stride)]


@pytest.mark.parametrize('axes', [1, 2, 3])
def test_convolutions_are_sums_over_windows(axes):
    x = np.random.RandomState(1).uniform(-1, 1, (2, 3) + SIZES[axes]).astype('float32')
    kernel, stride = (2, 3, 2)[:axes], (2, 1, 2)[:axes]
    layer = layer_of('Conv{}D', axes, 4, kernel, strides=stride)
    y = layer(nd.array(x)).asnumpy()
    seen = windows(x, kernel, stride)
    weight = layer.weight.data().asnumpy()
    letters = 'xyz'[:axes], 'uvw'[:axes]
    expected = np.einsum(f'nc{letters[0]}{letters[1]},fc{letters[1]}->nf{letters[0]}', seen, weight)
    np.testing.assert_allclose(y, expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize('name', ['Conv{}D', 'Conv{}DTranspose'])
@pytest.mark.parametrize('axes', [1, 2, 3])
def test_channels_last_compute_the_same(name, axes):
    x = np.random.RandomState(2).uniform(-1, 1, (2, 4) + SIZES[axes]).astype('float32')
    sizes = {'kernel_size': (3,) * axes, 'strides': 2, 'padding': 1}
    first = layer_of(name, axes, 5, layout=CHANNELS_FIRST[axes], in_channels=4, **sizes)
    other = layer_of(name, axes, 5, layout=CHANNELS_LAST[axes], in_channels=4, **sizes)
    other.weight.set_data(nd.array(last(first.weight.data().asnumpy())))
    inputs = nd.array(x), nd.array(last(x))
    results = []
    for layer, data in zip((first, other), inputs):
        data.attach_grad()
        with autograd.record():
            y = layer(data)
            (y * y).sum().backward()
        results.append((y.asnumpy(), data.grad.asnumpy(), layer.weight.grad().asnumpy()))
    for with_first, with_last in zip(*results):
        np.testing.assert_allclose(last(with_first), with_last, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize('axes', [1, 2, 3])
def test_transposed_convolutions_are_their_gradients(axes):
    sizes = {'kernel_size': (3,) * axes, 'strides': 2, 'use_bias': False, 'in_channels': 3}
    back = layer_of('Conv{}DTranspose', axes, 2, **sizes)
    y = nd.random.uniform(-1, 1, (1, 3) + (3,) * axes)
    x = nd.zeros(back(y).shape)
    x.attach_grad()
    with autograd.record():
        there = nd.Convolution(x, back.weight.data(), kernel=(3,) * axes, stride=(2,) * axes,
                               num_filter=3, no_bias=True)
    there.backward(y)
    np.testing.assert_allclose(back(y).asnumpy(), x.grad.asnumpy(), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize('axes, kind', list(itertools.product([1, 2, 3], ['Max', 'Avg'])))
def test_pooling(axes, kind):
    x = np.random.RandomState(3).uniform(-1, 1, (2, 3) + SIZES[axes]).astype('float32')
    size = (2, 3, 2)[:axes]
    y = layer_of(kind + 'Pool{}D', axes, size, strides=1)(nd.array(x)).asnumpy()
    seen = windows(x, size, (1,) * axes).reshape(y.shape + (-1,))
    expected = seen.max(-1) if kind == 'Max' else seen.mean(-1)
    np.testing.assert_allclose(y, expected, rtol=1e-5, atol=1e-6)
    same = layer_of(kind + 'Pool{}D', axes, size, strides=1, layout=CHANNELS_LAST[axes])
    np.testing.assert_allclose(same(nd.array(last(x))).asnumpy(), last(y), rtol=1e-6)
    everything = layer_of(f'Global{kind}Pool{{}}D', axes)(nd.array(x)).asnumpy()
    flat = x.reshape(2, 3, -1)
    expected = flat.max(-1) if kind == 'Max' else flat.mean(-1)
    np.testing.assert_allclose(everything.reshape(2, 3), expected, rtol=1e-5, atol=1e-6)
