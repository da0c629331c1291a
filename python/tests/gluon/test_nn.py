"""The layers: what they compute, print and refuse. Numbers are those of NumPy."""
import json

import numpy as np
import pytest

import gluino as mx
from gluino import autograd, gluon, nd
from gluino.gluon import nn

RANDOM = np.random.RandomState(11)


def run(layer, *inputs, train=False, init=None):
    layer.initialize(init or mx.init.Uniform(0.5), force_reinit=True)
    with autograd.record(train_mode=train):
        y = layer(*[nd.array(x) for x in inputs])
    eager = y.asnumpy()
    if isinstance(layer, gluon.HybridBlock) and not train:
        layer.hybridize()
        np.testing.assert_allclose(layer(*[nd.array(x) for x in inputs]).asnumpy(), eager,
                                   rtol=1e-5, atol=1e-6)
    return eager


def values(*shape):
    return RANDOM.uniform(-2, 2, shape).astype('float32')


def close(found, expected):
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize('flatten', [True, False])
@pytest.mark.parametrize('use_bias', [True, False])
def test_dense(flatten, use_bias):
    layer = nn.Dense(3, flatten=flatten, use_bias=use_bias, bias_initializer='ones')
    x = values(2, 4, 5)
    y = run(layer, x)
    weight = layer.weight.data().asnumpy()
    assert weight.shape == (3, 20 if flatten else 5)
    close(y, (x.reshape(2, 20) if flatten else x) @ weight.T + use_bias)
    assert repr(layer) == f'Dense({weight.shape[1]} -> 3, linear)'


ELEMENTWISE = [
    (lambda: nn.Activation('relu'), lambda x: np.maximum(x, 0), 'Activation(relu)'),
    (lambda: nn.Activation('sigmoid'), lambda x: 1 / (1 + np.exp(-x)), 'Activation(sigmoid)'),
    (lambda: nn.Activation('tanh'), np.tanh, 'Activation(tanh)'),
    (lambda: nn.Activation('softrelu'), lambda x: np.log1p(np.exp(x)), 'Activation(softrelu)'),
    (lambda: nn.Activation('log_sigmoid'), lambda x: -np.log1p(np.exp(-x)),
     'Activation(log_sigmoid)'),
    (lambda: nn.Activation('mish'), lambda x: x * np.tanh(np.log1p(np.exp(x))), 'Activation(mish)'),
    (lambda: nn.Activation('softsign'), lambda x: x / (1 + abs(x)), 'Activation(softsign)'),
    (lambda: nn.LeakyReLU(0.1), lambda x: np.where(x > 0, x, 0.1 * x), 'LeakyReLU(0.1)'),
    (lambda: nn.PReLU(), lambda x: np.where(x > 0, x, 0.25 * x), 'PReLU(\n\n)'),
    (lambda: nn.ELU(2.0), lambda x: np.where(x > 0, x, 2 * np.expm1(x)), 'ELU(\n\n)'),
    (lambda: nn.SELU(), lambda x: 1.0507009873554804 * np.where(
        x > 0, x, 1.6732632423543772 * np.expm1(x)), 'SELU(\n\n)'),
    (lambda: nn.Swish(2.0), lambda x: x / (1 + np.exp(-2 * x)), 'Swish(\n\n)'),
    (lambda: nn.SiLU(), lambda x: x / (1 + np.exp(-x)), 'SiLU(\n\n)'),
    (lambda: nn.Flatten(), lambda x: x.reshape(len(x), -1), 'Flatten'),
    (lambda: nn.Identity(), lambda x: x, 'Identity(\n\n)'),
    (lambda: nn.Lambda('tanh'), np.tanh, 'Lambda(tanh)'),
    (lambda: nn.Lambda(lambda x: x + 1), lambda x: x + 1, 'Lambda(<lambda>)'),
    (lambda: nn.HybridLambda('tanh'), np.tanh, 'HybridLambda(tanh)'),
    (lambda: nn.HybridLambda(lambda F, x: F.square(x)), np.square, 'HybridLambda(<lambda>)'),
]


@pytest.mark.parametrize('make, function, text', ELEMENTWISE)
def test_functions_of_each_element(make, function, text):
    x = values(2, 3, 4)
    layer = make()
    assert repr(layer) == text
    close(run(layer, x), function(x))


def test_gelu():
    erf = np.vectorize(__import__('math').erf)
    x = values(2, 3)
    close(run(nn.GELU(), x), 0.5 * x * (1 + erf(x / np.sqrt(2))))


def test_what_activations_refuse():
    with pytest.raises(AssertionError):
        nn.LeakyReLU(-1)
    for wrong in (nn.Lambda, nn.HybridLambda):
        with pytest.raises(AssertionError):
            wrong('nonsense')
        with pytest.raises(ValueError):
            wrong(3)
    with pytest.raises(TypeError):
        nn.Dense(1, nonsense=1)


def test_embedding():
    layer = nn.Embedding(5, 3)
    assert repr(layer) == 'Embedding(5 -> 3, float32)'
    y = run(layer, np.array([[0, 4], [1, 1]]))
    close(y, layer.weight.data().asnumpy()[[[0, 4], [1, 1]]])


@pytest.mark.parametrize('axes', [(), (1,), (0, 2)])
def test_dropout(axes):
    layer = nn.Dropout(0.5, axes=axes)
    assert repr(layer) == f'Dropout(p = 0.5, axes={axes})'
    x = np.ones((20, 20, 20), 'float32')
    assert (run(layer, x) == 1).all()
    y = run(layer, x, train=True)
    assert set(np.unique(y)) == {0, 2}
    assert abs(y.mean() - 1) < 0.5
    for axis in axes:
        assert (y == y.take([0], axis)).all()
    assert (run(nn.Dropout(0), x, train=True) == 1).all()


def normalised(x, axes):
    return (x - x.mean(axes, keepdims=True)) / np.sqrt(x.var(axes, keepdims=True) + 1e-5)


@pytest.mark.parametrize('layer, relu', [(nn.BatchNorm, False), (nn.BatchNormReLU, True)])
def test_batch_norm(layer, relu):
    layer = layer()
    x = values(4, 3, 2, 2)
    y = run(layer, x, train=True)
    expected = normalised(x, (0, 2, 3))
    close(y, np.maximum(expected, 0) if relu else expected)
    close(layer.running_mean.data().asnumpy(), 0.1 * x.mean((0, 2, 3)))
    assert repr(layer) == (
        f'{type(layer).__name__}(axis=1, eps=1e-05, momentum=0.9, fix_gamma=False, '
        'use_global_stats=False, in_channels=3)')


def test_batch_norm_learns_what_it_is_told():
    layer = nn.BatchNorm(scale=False, center=False)
    assert [p.grad_req for p in layer.params.values()] == ['null'] * 4
    assert 'fix_gamma=True' in repr(layer) and 'in_channels=None' in repr(layer)
    layer.initialize()
    layer.cast('float16')
    assert np.dtype(layer.gamma.dtype) == np.float32


@pytest.mark.parametrize('hybridized', [False, True])
def test_batch_norm_of_half_precision_keeps_its_statistics_exact(hybridized):
    layer = nn.BatchNorm()
    layer.cast('float16')
    layer.initialize()
    layer.hybridize(hybridized)
    x = values(8, 3)
    with autograd.record():
        y = layer(nd.array(x).astype('float16'))
    assert y.dtype == np.float16 and layer.running_mean.data().dtype == np.float32
    np.testing.assert_allclose(y.asnumpy(), normalised(x, (0,)), atol=1e-2)


def test_other_norms():
    x = values(2, 4, 3, 3)
    close(run(nn.InstanceNorm(), x), normalised(x, (2, 3)))
    close(run(nn.InstanceNorm(axis=3), x), normalised(x, (1, 2)))
    close(run(nn.LayerNorm(), x), normalised(x, (3,)))
    close(run(nn.LayerNorm(axis=1), x), normalised(x, (1,)))
    layer = nn.GroupNorm(2, beta_initializer='ones')
    close(run(layer, x), normalised(x.reshape(2, 2, -1), (2,)).reshape(x.shape) + 1)
    assert layer.gamma.shape == (2,)
    assert repr(nn.LayerNorm()) == (
        'LayerNorm(eps=1e-05, axis=-1, center=True, scale=True, in_channels=0)')
    assert repr(layer) == 'GroupNorm(eps=1e-05, num_groups=2, center=True, scale=True)'


def test_group_norm_takes_a_file_with_numbers_of_channels(tmp_path):
    of_channels = nn.GroupNorm(2, in_channels=4)
    of_channels.initialize(mx.init.Uniform(1))
    of_channels.gamma.set_data(nd.array([1, 2, 3, 4]))
    of_channels.save_parameters(str(tmp_path / 'channels'))
    for initialized in (False, True):
        layer = nn.GroupNorm(2)
        if initialized:
            layer.initialize()
        layer.load_parameters(str(tmp_path / 'channels'))
        assert layer.gamma.shape == (4,)
        x = nd.random.normal(shape=(2, 4, 3))
        np.testing.assert_array_equal(layer(x).asnumpy(), of_channels(x).asnumpy())
    with pytest.raises(AssertionError, match='expected an array of shape'):
        nn.GroupNorm(3).load_parameters(str(tmp_path / 'channels'))


@pytest.mark.parametrize('hybrid', [False, True])
def test_group_norm_of_channels_as_in_mxnet2(hybrid):
    layer = nn.GroupNorm(2, in_channels=4)
    layer.initialize()
    layer.hybridize(hybrid)
    gamma, beta = np.array([1., 2, 3, 4]), np.array([0, .1, .2, .3])
    layer.gamma.set_data(mx.nd.array(gamma))
    layer.beta.set_data(mx.nd.array(beta))
    x = values(2, 4, 3, 2)
    expected = normalised(x.reshape(2, 2, -1), (2,)).reshape(x.shape)
    close(layer(mx.nd.array(x)).asnumpy(),
          expected * gamma.reshape(4, 1, 1) + beta.reshape(4, 1, 1))
    assert repr(layer).endswith('in_channels=4)')


def test_conv2d():
    layer = nn.Conv2D(4, (2, 3), strides=(2, 1), padding=(0, 1), use_bias=False)
    assert repr(layer) == ('Conv2D(None -> 4, kernel_size=(2, 3), stride=(2, 1), padding=(0, 1), '
                           'bias=False)')
    x = values(2, 3, 4, 5)
    y = run(layer, x)
    weight = layer.weight.data().asnumpy()
    assert weight.shape == (4, 3, 2, 3)
    padded = np.pad(x, ((0, 0), (0, 0), (0, 0), (1, 1)))
    expected = np.zeros((2, 4, 2, 5))
    for i in range(2):
        for j in range(5):
            window = padded[:, :, 2 * i:2 * i + 2, j:j + 3]
            expected[:, :, i, j] = np.einsum('nchw,fchw->nf', window, weight)
    close(y, expected)


def test_conv_prints_groups_and_activation():
    layer = nn.Conv2D(4, 3, strides=2, padding=1, groups=2, activation='relu', in_channels=4)
    assert repr(layer) == ('Conv2D(2 -> 4, kernel_size=(3, 3), stride=(2, 2), padding=(1, 1), '
                           'groups=2, Activation(relu))')
    assert layer.weight.shape == (4, 2, 3, 3)
    assert layer.act.name == layer.name + '_relu'
    assert run(layer, values(1, 4, 6, 6)).shape == (1, 4, 3, 3)


def test_conv1d_and_transposed():
    assert run(nn.Conv1D(4, 3, dilation=2), values(2, 3, 8)).shape == (2, 4, 4)
    layer = nn.Conv2DTranspose(5, 3, strides=2, padding=1, output_padding=1)
    assert run(layer, values(2, 3, 4, 4)).shape == (2, 5, 8, 8)
    assert layer.weight.shape == (3, 5, 3, 3)
    assert repr(layer) == ('Conv2DTranspose(3 -> 5, kernel_size=(3, 3), stride=(2, 2), '
                           'padding=(1, 1), output_padding=(1, 1))')


def test_what_convolutions_refuse():
    with pytest.raises(AssertionError, match='layout'):
        nn.Conv2D(2, 3, layout='nonsense')
    with pytest.raises(AssertionError, match='kernel_size'):
        nn.Conv2D(2, (1, 2, 3))
    with pytest.raises(mx.MXNetError, match='groups'):
        nn.Conv2D(4, 3, groups=2, in_channels=3)
    with pytest.raises(AssertionError, match='layout'):
        nn.MaxPool2D(layout='NCW')


def test_pooling():
    x = values(2, 3, 4, 6)
    windows = x.reshape(2, 3, 2, 2, 3, 2)
    close(run(nn.MaxPool2D(), x), windows.max((3, 5)))
    close(run(nn.AvgPool2D(), x), windows.mean((3, 5)))
    close(run(nn.GlobalMaxPool2D(), x), x.max((2, 3), keepdims=True))
    close(run(nn.GlobalAvgPool2D(), x), x.mean((2, 3), keepdims=True))
    close(run(nn.MaxPool1D(3, strides=1), x[0]), np.maximum(np.maximum(
        x[0][:, :, :-2], x[0][:, :, 1:-1]), x[0][:, :, 2:]))
    close(run(nn.GlobalAvgPool1D(), x[0]), x[0].mean(2, keepdims=True))
    assert run(nn.MaxPool2D(3, ceil_mode=True), x).shape == (2, 3, 2, 2)
    assert repr(nn.MaxPool2D()) == ('MaxPool2D(size=(2, 2), stride=(2, 2), padding=(0, 0), '
                                    'ceil_mode=False, global_pool=False, pool_type=max, '
                                    'layout=NCHW)')


def test_average_without_the_padding():
    x = np.ones((1, 1, 2, 2), 'float32')
    close(run(nn.AvgPool2D(2, padding=1), x), np.full((1, 1, 2, 2), 0.25))
    close(run(nn.AvgPool2D(2, padding=1, count_include_pad=False), x), np.ones((1, 1, 2, 2)))


def test_reflection_pad():
    x = values(1, 2, 3, 4)
    close(run(nn.ReflectionPad2D(1), x), np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1)), 'reflect'))


def test_pixel_shuffles():
    x = np.arange(12, dtype='float32').reshape(1, 6, 2)
    close(run(nn.PixelShuffle1D(3), x),
          x.reshape(1, 2, 3, 2).transpose(0, 1, 3, 2).reshape(1, 2, 6))
    x = values(1, 12, 2, 3)
    close(run(nn.PixelShuffle2D((2, 3)), x),
          x.reshape(1, 2, 2, 3, 2, 3).transpose(0, 1, 4, 2, 5, 3).reshape(1, 2, 4, 9))
    x = values(1, 8, 2, 2, 3)
    close(run(nn.PixelShuffle3D(2), x), x.reshape(1, 1, 2, 2, 2, 2, 2, 3).transpose(
        0, 1, 5, 2, 6, 3, 7, 4).reshape(1, 1, 4, 4, 6))


@pytest.mark.parametrize('container', [nn.Concatenate, nn.HybridConcatenate])
def test_concatenate(container):
    net = container(axis=1)
    net.add(nn.Identity(), nn.Activation('relu'))
    x = values(2, 3)
    close(run(net, x), np.concatenate([x, np.maximum(x, 0)], 1))


def test_sequential_hands_a_list_on_as_one_argument():
    net = nn.Sequential()
    net.add(nn.Lambda(lambda x, y: (x, x + y)), nn.Lambda(lambda both: both[0] * both[1]))
    assert (net(nd.array([2, 3]), nd.array([1, 1])).asnumpy() == [6, 12]).all()


def test_names_of_operators_are_those_of_mxnet():
    data = mx.sym.var('data')
    net = nn.HybridSequential(prefix='n_')
    with net.name_scope():
        net.add(nn.Conv2D(2, 3, activation='relu'), nn.MaxPool2D(), nn.BatchNorm(), nn.Flatten(),
                nn.Dense(2), nn.Dropout(0.5))
    names = [name for name in net(data).get_internals().list_outputs() if name.endswith('output')]
    assert names == ['n_conv0_fwd_output', 'n_conv0_relu_fwd_output', 'n_pool0_fwd_output',
                     'n_batchnorm0_fwd_output', 'n_flatten0_flatten0_output', 'n_dense0_fwd_output',
                     'n_dropout0_fwd_output']


@pytest.mark.parametrize('axes', [(), (1,)])
def test_dropout_is_one_operator_with_mxnets_options(axes):
    made = [nn.Dropout(0.5, axes=axes)(mx.sym.var('data')),
            gluon.rnn.DropoutCell(0.5, axes, prefix='n_')(mx.sym.var('data'), [])[0]]
    data, layer = json.loads(made[0].tojson())['nodes']
    assert layer['op'] == 'Dropout'
    assert layer['attrs'] == {'axes': str(axes), 'cudnn_off': 'False', 'p': '0.5'}
    data, cell = json.loads(made[1].tojson())['nodes']
    assert cell['name'] == 'n_t0_fwd' and cell['attrs'] == {'axes': str(axes), 'p': '0.5'}


@pytest.mark.parametrize('hybrid', [False, True])
def test_batch_norm_that_comes_first_takes_the_type_of_its_parameters(hybrid):
    layer = nn.BatchNorm()
    layer.initialize()
    layer.cast('float64')
    if hybrid:
        layer.hybridize()
    assert layer(mx.nd.ones((2, 3, 4), dtype='float64')).dtype == np.float64
    out = mx.sym.BatchNorm(mx.sym.var('x'), mx.sym.var('gamma', dtype='float64'), name='bn')
    assert set(sum(out.infer_type(), [])) == {np.float64}
    assert out.infer_shape(x=(2, 3, 4))[0] == [(2, 3, 4), (3,), (3,)]
