"""Layers and samplers of gluon.contrib, and gluon.metric."""
import re

import numpy as np
import pytest

import gluino as mx
from gluino import nd
from gluino.gluon import contrib, nn


@pytest.mark.parametrize('kind', [contrib.nn.Concurrent, contrib.nn.HybridConcurrent])
def test_layers_beside_each_other(kind):
    net = kind(axis=1)
    net.add(nn.Dense(3), contrib.nn.Identity(), nn.Dense(2))
    net.initialize()
    x = nd.array([[1, 2], [3, 4]])
    out = net(x)
    assert out.shape == (2, 7)
    np.testing.assert_array_equal(out.asnumpy()[:, 3:5], x.asnumpy())
    net.hybridize()
    np.testing.assert_allclose(net(x).asnumpy(), out.asnumpy(), rtol=1e-6)


def test_pixels_are_shuffled():
    x = np.arange(2 * 12 * 2 * 3).reshape((2, 12, 2, 3)).astype('float32')
    out = contrib.nn.PixelShuffle2D((2, 3))(nd.array(x)).asnumpy()
    expected = x.reshape(2, 2, 2, 3, 2, 3).transpose(0, 1, 4, 2, 5, 3).reshape(2, 2, 4, 9)
    np.testing.assert_array_equal(out, expected)
    assert contrib.nn.PixelShuffle1D(2)(nd.ones((1, 4, 3))).shape == (1, 2, 6)
    assert contrib.nn.PixelShuffle3D(2)(nd.ones((1, 8, 3, 4, 5))).shape == (1, 1, 6, 8, 10)


def test_norm_over_one_device():
    net = contrib.nn.SyncBatchNorm(num_devices=1)
    net.initialize()
    plain = nn.BatchNorm()
    plain.initialize()
    x = nd.random.normal(shape=(4, 3, 2, 2))
    with mx.autograd.train_mode():
        np.testing.assert_array_equal(net(x).asnumpy(), plain(x).asnumpy())


def test_what_is_not_there_says_so():
    with pytest.raises(NotImplementedError, match='devices'):
        contrib.nn.SyncBatchNorm(num_devices=2)
    with pytest.raises(NotImplementedError, match='layout'):
        contrib.cnn.DeformableConvolution(4, layout='NHWC')


@pytest.mark.parametrize('kind, name', [
    (contrib.cnn.DeformableConvolution, 'deformable_conv'),
    (contrib.cnn.ModulatedDeformableConvolution, 'modulated_deformable_conv')])
def test_prefixes_are_those_of_parameter_files(kind, name):
    layer = kind(4, in_channels=2, op_name=kind.__name__)
    assert re.fullmatch(name + r'\d+_', layer.prefix)
    assert f'{layer.prefix}deformable_conv_weight' in layer.collect_params()


def _pattern(shape, k):
    numbers = (np.arange(np.prod(shape)) * 37 + 11 * k) % 101 - 50
    return nd.array(numbers.astype('float32') / 32).reshape(shape)


@pytest.mark.parametrize('hybridized', [False, True])
@pytest.mark.parametrize('kind, expected', [
    (contrib.cnn.DeformableConvolution,
     [0.671573, 0.4904922, 0.1135447, 0.6942627, 0.3635258, 0.0, 0.0, 0.4539147, 0.0,
         0.0, 0.0, 0.0, 0.0, 0.3940818, 0.0, 0.0, 0.0, 0.6461664, 0.6323556, 0.0, 0.5453597,
         0.0, 0.01456161, 0.2734703, 0.107221, 0.2040344, 1.036696, 0.0, 0.0, 0.0,
         0.09652388, 0.1525388, 0.3143915, 0.08330384, 0.0, 0.0]),
    (contrib.cnn.ModulatedDeformableConvolution,
     [0.4424914, 0.6678396, 0.0, 0.2543169, 0.07450558, 0.3431289, 0.0, 0.2440867, 0.0,
         0.0, 0.0, 0.3471139, 0.0, 0.6100171, 0.0, 0.1622558, 0.0, 0.0, 0.0, 0.0, 0.4291235,
         0.02787735, 0.0, 0.4816507, 0.2589723, 0.0, 0.4119502, 0.2435406, 0.7956287, 0.0,
         0.05340952, 0.1395183, 0.03177862, 0.7051202, 0.5829237, 0.0]),
])
def test_deformable_convolutions_have_mxnets_numbers(kind, expected, hybridized):
    layer = kind(4, kernel_size=3, padding=1, groups=2, num_deformable_group=2, activation='relu')
    layer.initialize()
    x = _pattern((1, 4, 3, 3), 1)
    layer(x)
    for i, parameter in enumerate(layer.collect_params().values()):
        parameter.set_data(_pattern(parameter.shape, 6 + i) * 0.2)
    layer.hybridize(hybridized)
    np.testing.assert_allclose(layer(x).asnumpy().ravel(), expected, rtol=1e-4, atol=1e-6)


def test_intervals():
    sampler = contrib.data.IntervalSampler
    assert list(sampler(13, 3)) == [0, 3, 6, 9, 12, 1, 4, 7, 10, 2, 5, 8, 11]
    assert list(sampler(13, 3, rollover=False)) == [0, 3, 6, 9, 12]
    with pytest.raises(AssertionError):
        sampler(3, 5)


def test_metric_under_its_newer_name():
    assert mx.gluon.metric.Accuracy is mx.metric.Accuracy
    assert mx.gluon.metric.create('acc').name == 'accuracy'
