"""Networks that others designed: parameters and outputs as MXNet's."""
import json

import numpy as np
import pytest

import gluino as mx
from gluino.gluon.model_zoo import get_model, vision

# How many numbers the parameters have, as MXNet 1.9.1 counts them.
COUNTS = {
    'alexnet': 61_100_840,
    'vgg11': 132_863_336,
    'vgg16_bn': 138_374_440,
    'resnet18_v1': 11_699_112,
    'resnet34_v1': 21_814_696,
    'resnet50_v1': 25_629_032,
    'resnet101_v1': 44_695_144,
    'resnet152_v1': 60_404_072,
    'resnet18_v2': 11_695_796,
    'resnet50_v2': 25_595_060,
    'resnet101_v2': 44_639_412,
    'squeezenet1.0': 1_248_424,
    'squeezenet1.1': 1_235_496,
    'densenet121': 8_062_504,
    'densenet161': 28_900_936,
    'densenet169': 14_307_880,
    'densenet201': 20_242_984,
    'inceptionv3': 23_869_000,
    'mobilenet1.0': 4_253_864,
    'mobilenet0.5': 1_342_536,
    'mobilenet0.75': 2_601_976,
    'mobilenet0.25': 475_544,
    'mobilenetv2_1.0': 3_539_136,
    'mobilenetv2_0.75': 2_653_864,
    'mobilenetv2_0.5': 1_983_104,
    'mobilenetv2_0.25': 1_526_856,
    # As gluoncv 0.10.5 counts them.
    'mobilenetv3_large': 5_506_152,
    'mobilenetv3_small': 2_957_400,
}


def traced(name, **options):
    net = get_model(name, **options)
    symbol = net(mx.sym.var('data'))
    side = 299 if 'inception' in name else 224
    shapes, outputs, states = symbol.infer_shape(data=(1, 3, side, side))
    found = dict(zip(symbol.list_arguments(), shapes))
    found.update(zip(symbol.list_auxiliary_states(), states))
    return net, found, outputs


@pytest.mark.parametrize('name', sorted(COUNTS))
def test_sizes(name):
    net, shapes, outputs = traced(name)
    assert outputs == [(1, 1000)]
    assert sum(int(np.prod(shapes[p])) for p in net.collect_params()) == COUNTS[name]


def test_names():
    net = vision.resnet18_v1(prefix='resnetv10_', classes=10)
    assert list(net.collect_params())[5] == 'resnetv10_stage1_conv0_weight'
    assert 'features.4.0.body.0.weight' in net._collect_params_with_prefix()
    assert list(vision.mobilenet_v2_0_25(prefix='m_').collect_params())[5] == \
        'm_features_linearbottleneck0_conv0_weight'


@pytest.mark.parametrize('name, added', [
    ('mobilenetv2_0.25', ['n_features_linearbottleneck2_elemwise_add0',
                          'n_features_linearbottleneck4_elemwise_add0']),
    ('resnet18_v1', ['n_stage1__plus0', 'n_stage1__plus1'])])
def test_names_of_ways_around(name, added):
    nodes = json.loads(get_model(name, prefix='n_')(mx.sym.var('data')).tojson())['nodes']
    assert [node['name'] for node in nodes if node['op'] == 'elemwise_add'][:2] == added


@pytest.mark.parametrize('name', ['resnet18_v1', 'resnet18_v2'])
def test_small_pictures(name):
    net = get_model(name, classes=10, thumbnail=True)
    net.initialize()
    x = mx.nd.random.uniform(shape=(2, 3, 16, 16))
    out = net(x)
    assert out.shape == (2, 10)
    net.hybridize()
    np.testing.assert_allclose(net(x).asnumpy(), out.asnumpy(), rtol=1e-3, atol=1e-4)


def test_it_trains():
    mx.random.seed(0)
    net = vision.get_mobilenet(0.25, classes=4)
    net.initialize(mx.init.Xavier())
    loss = mx.gluon.loss.SoftmaxCrossEntropyLoss()
    trainer = mx.gluon.Trainer(net.collect_params(), 'sgd', {'learning_rate': 0.05})
    x, y = mx.nd.random.uniform(shape=(4, 3, 32, 32)), mx.nd.array([0, 1, 2, 3])
    losses = []
    for _ in range(15):  # after half of them the loss depends on the last bits, in MXNet, too
        with mx.autograd.record():
            value = loss(net(x), y)
        value.backward()
        trainer.step(4)
        losses.append(value.mean().asscalar())
    assert losses[-1] < 0.1 * losses[0]


def test_weights_are_files(tmp_path):
    with pytest.raises(FileNotFoundError, match='load_parameters'):
        vision.squeezenet1_1(pretrained=True, root=str(tmp_path))
    net = vision.get_mobilenet(0.25, classes=4)
    net.initialize()
    net(mx.nd.ones((1, 3, 32, 32)))
    net.save_parameters(str(tmp_path / 'mobilenet0.25-12345678.params'))
    other = vision.get_mobilenet(0.25, classes=4, pretrained=True, root=str(tmp_path))
    np.testing.assert_array_equal(other.output.weight.data().asnumpy(),
                                  net.output.weight.data().asnumpy())


def test_unknown_names():
    with pytest.raises(ValueError, match='resnet50_v1'):
        get_model('resnet51')
    with pytest.raises(AssertionError):
        vision.get_resnet(3, 18)


def test_mxnet_home_moves_the_weights(tmp_path, monkeypatch):
    from mxnet.gluon.model_zoo import model_store
    monkeypatch.setenv('MXNET_HOME', str(tmp_path))
    with pytest.raises(FileNotFoundError, match=f'in {tmp_path}/models'):
        mx.gluon.model_zoo.vision.alexnet(pretrained=True)
    (tmp_path / 'models').mkdir()
    (tmp_path / 'models' / 'alexnet-0123.params').write_bytes(b'')
    assert model_store.get_model_file('alexnet').endswith('/models/alexnet-0123.params')
    model_store.purge()
    assert not list((tmp_path / 'models').iterdir())


@pytest.mark.parametrize('make', [vision.BasicBlockV1, vision.BottleneckV1])
def test_the_body_runs_before_the_way_around_it(make):
    block = make(8, 2, downsample=True, in_channels=4)
    block.initialize()
    ran = []
    for layer in (block.body, block.downsample):
        layer.register_forward_hook(lambda layer, inputs, output: ran.append(layer))
    block(mx.nd.ones((1, 4, 8, 8)))
    assert ran == [block.body, block.downsample]


@pytest.mark.parametrize('name, first', [
    ('resnet18_v1', 'conv2'), ('resnet34_v1', 'conv2'), ('resnet50_v1', 'conv0')])
def test_a_sum_lists_its_sides_in_the_order_of_mxnet(name, first):
    """In the blocks of two convolutions the way around stands before the body."""
    names = get_model(name)(mx.sym.var('data')).list_arguments()
    stage = [each for each in names if '_stage2_' in each and each.endswith('_weight')]
    assert stage[0].endswith(f'_{first}_weight')
