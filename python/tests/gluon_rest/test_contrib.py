"""Layers and samplers of gluon.contrib, and gluon.metric."""
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
    for kind in (contrib.cnn.DeformableConvolution, contrib.cnn.ModulatedDeformableConvolution):
        with pytest.raises(NotImplementedError, match=kind.__name__):
            kind(4)


def test_intervals():
    sampler = contrib.data.IntervalSampler
    assert list(sampler(13, 3)) == [0, 3, 6, 9, 12, 1, 4, 7, 10, 2, 5, 8, 11]
    assert list(sampler(13, 3, rollover=False)) == [0, 3, 6, 9, 12]
    with pytest.raises(AssertionError):
        sampler(3, 5)


def test_metric_under_its_newer_name():
    assert mx.gluon.metric.Accuracy is mx.metric.Accuracy
    assert mx.gluon.metric.create('acc').name == 'accuracy'
