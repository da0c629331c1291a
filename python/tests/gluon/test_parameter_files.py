"""Files of networks: parameters, exported graphs, SymbolBlock."""
import hashlib
import os
import tempfile

import numpy as np
import pytest

import gluino as mx
from gluino import gluon, nd
from gluino.gluon import nn


def network(prefix='net_', units=2):
    net = nn.HybridSequential(prefix=prefix)
    with net.name_scope():
        net.add(nn.Dense(3, activation='tanh'), nn.Dropout(0.5), nn.BatchNorm(), nn.Dense(units))
    return net


X = np.random.RandomState(5).uniform(-1, 1, (2, 4)).astype('float32')
KEYS = ['0.weight', '0.bias', '2.gamma', '2.beta', '2.running_mean', '2.running_var', '3.weight',
        '3.bias']


@pytest.fixture
def trained():
    net = network()
    net.initialize()
    net.hybridize()
    net(nd.array(X))
    return net


def same(net, other):
    return (net(nd.array(X)).asnumpy() == other(nd.array(X)).asnumpy()).all()


def test_structural_names_do_not_depend_on_prefixes(trained, tmp_path):
    path = str(tmp_path / 'net.params')
    trained.save_parameters(path)
    assert list(nd.load(path)) == KEYS
    other = network('other_')
    other.load_parameters(path)
    assert same(trained, other)
    third = network()
    third.load_dict(nd.load(path))
    assert same(trained, third)


def test_older_and_exported_files_load(trained, tmp_path):
    paths = [str(tmp_path / name) for name in ('prefixed', 'stripped', 'former')]
    trained.collect_params().save(paths[0])
    trained.collect_params().save(paths[1], strip_prefix='net_')
    with pytest.warns(UserWarning, match='deprecated'):
        trained.save_params(paths[2])
    trained.export(str(tmp_path / 'exported'), epoch=12)
    for path in paths + [str(tmp_path / 'exported-0012.params')]:
        other = network()
        other.load_parameters(path)
        assert same(trained, other)
    with pytest.warns(UserWarning, match='deprecated'):
        other.load_params(paths[2])


def test_what_does_not_fit_is_refused(trained, tmp_path):
    path = str(tmp_path / 'net.params')
    trained.save_parameters(path)
    with pytest.raises(AssertionError, match='shape'):
        network(units=3).load_parameters(path)
    with pytest.raises(ValueError, match='0.weight'):
        nn.HybridSequential().load_parameters(path)
    dense = nn.Dense(3)
    with pytest.raises(AssertionError, match='missing'):
        dense.load_parameters(path)
    with pytest.raises(ValueError, match='not needed'):
        dense.load_parameters(path, allow_missing=True)
    dense.load_parameters(path, allow_missing=True, ignore_extra=True)
    with pytest.raises(mx.MXNetError):
        dense.load_parameters(str(tmp_path / 'nowhere'))
    with pytest.raises(AssertionError, match='which holds none'):
        dense.load_dict({})


def test_values_must_be_there(tmp_path):
    path = str(tmp_path / 'net.params')
    net = network()
    with pytest.raises(RuntimeError):
        net.save_parameters(path)
    net.initialize()
    with pytest.raises(gluon.DeferredInitializationError):
        net.save_parameters(path)


def test_places_and_types(tmp_path):
    path = str(tmp_path / 'net.params')
    net = nn.Dense(2, in_units=2)
    net.initialize(ctx=[mx.cpu(0), mx.cpu(1)])
    net.weight.data(mx.cpu(0))[:] = 1
    net.weight.data(mx.cpu(1))[:] = 3
    net.save_parameters(path)
    assert (nd.load(path)['weight'].asnumpy() == 2).all()
    other = nn.Dense(2)
    other.load_parameters(path, ctx=[mx.cpu(1), mx.cpu(0)])
    assert other.weight.list_ctx() == [mx.cpu(1), mx.cpu(0)]
    with pytest.raises(AssertionError, match='initialized on'):
        other.load_parameters(path, ctx=mx.cpu(3))
    half = nn.Dense(2, dtype='float16')
    with pytest.raises(AssertionError, match='cast_dtype'):
        half.load_parameters(path)
    half.load_parameters(path, cast_dtype=True, device=mx.cpu(0))
    assert half.weight.data().dtype == np.float16
    half.load_parameters(path, cast_dtype=True, dtype_source='saved')
    assert half.weight.data().dtype == np.float32


class Shared(gluon.Block):
    def __init__(self):
        super().__init__()
        self.a = nn.Dense(2, in_units=2)
        self.b = nn.Dense(2, in_units=2, params=self.a.params)

    def forward(self, x):
        return self.b(self.a(x))


def test_shared_parameters_may_stand_in_the_file_once(tmp_path):
    path = str(tmp_path / 'net.params')
    net = Shared()
    net.initialize()
    net.save_parameters(path)
    assert list(nd.load(path)) == ['a.weight', 'a.bias', 'b.weight', 'b.bias']
    net.save_parameters(path, deduplicate=True)
    assert list(nd.load(path)) == ['b.weight', 'b.bias']
    other = Shared()
    other.load_parameters(path)
    x = nd.ones((1, 2))
    assert (net(x).asnumpy() == other(x).asnumpy()).all()


def test_structure_and_parameters(trained, tmp_path):
    prefix = str(tmp_path / 'whole')
    trained.save(prefix)
    other = network('other_')
    other.load(prefix)
    assert same(trained, other)
    with pytest.raises(ValueError, match='structure'):
        nn.HybridSequential().load(prefix)


def test_export_needs_a_graph(tmp_path):
    net = network()
    net.initialize()
    for _ in range(2):
        with pytest.raises(RuntimeError, match='hybridize'):
            net.export(str(tmp_path / 'net'))
        net(nd.array(X))


def test_exported_networks_come_back(trained, tmp_path):
    prefix = str(tmp_path / 'net')
    trained.export(prefix)
    keys = list(nd.load(prefix + '-0000.params'))
    assert keys == ['arg:net_dense0_weight', 'arg:net_dense0_bias', 'arg:net_batchnorm0_gamma',
                    'arg:net_batchnorm0_beta', 'aux:net_batchnorm0_running_mean',
                    'aux:net_batchnorm0_running_var', 'arg:net_dense1_weight',
                    'arg:net_dense1_bias']
    for names in ('data', ['data']):
        block = gluon.SymbolBlock.imports(prefix + '-symbol.json', names, prefix + '-0000.params')
        assert same(trained, block)
    assert block.collect_params()['net_batchnorm0_running_mean'].grad_req == 'null'
    assert block.prefix == ''
    assert '1 -> 1' in repr(block)
    moved = gluon.SymbolBlock.imports(prefix + '-symbol.json', 'data', prefix + '-0000.params',
                                      ctx=mx.cpu(1))
    assert moved.collect_params().list_ctx() == [mx.cpu(1)]
    with pytest.raises(AssertionError, match='missing'):
        gluon.SymbolBlock.imports(prefix + '-symbol.json', ['nonsense'], prefix + '-0000.params')
    without = gluon.SymbolBlock.imports(prefix + '-symbol.json', ['data'])
    without.initialize()
    assert without(nd.array(X)).shape == (2, 2)
    block.hybridize()
    block(nd.array(X))
    block.export(str(tmp_path / 'again'))
    again = gluon.SymbolBlock.imports(str(tmp_path / 'again-symbol.json'), ['data'],
                                      str(tmp_path / 'again-0000.params'))
    assert same(trained, again)


def test_a_forward_of_its_own_is_exported(tmp_path):
    class Own(gluon.HybridBlock):
        def __init__(self):
            super().__init__(prefix='own_')
            with self.name_scope():
                self.fc = nn.Dense(2, in_units=4)

        def forward(self, x):
            return nd.relu(self.fc(x))

    net = Own()
    net.initialize()
    net.hybridize()
    net(nd.array(X))
    net.export(str(tmp_path / 'own'))
    block = gluon.SymbolBlock.imports(str(tmp_path / 'own-symbol.json'), ['data'],
                                      str(tmp_path / 'own-0000.params'))
    assert same(net, block)


def test_symbol_block_of_internals(trained):
    out = trained(mx.sym.var('data'))
    inner = out.get_internals()['net_dense0_tanh_fwd_output']
    both = gluon.SymbolBlock([inner, out], [mx.sym.var('data')], params=trained.collect_params())
    first, second = both(nd.array(X))
    assert first.shape == (2, 3)
    assert (second.asnumpy() == trained(nd.array(X)).asnumpy()).all()
    symbols = both(mx.sym.var('other'))
    assert [symbol.list_arguments()[0] for symbol in symbols] == ['other', 'other']
    with pytest.raises(AssertionError, match='variables'):
        gluon.SymbolBlock(out, out)
    several = gluon.SymbolBlock(mx.sym.var('a') + mx.sym.var('b'),
                                [mx.sym.var('a'), mx.sym.var('b')])
    assert several(nd.ones((1,)), nd.ones((1,))).asscalar() == 2
    with pytest.raises(ValueError):
        several(nd.ones((1,)))


def test_inputs_are_numbered(tmp_path):
    class Two(gluon.HybridBlock):
        def hybrid_forward(self, F, x, y):
            return x + y

    net = Two()
    net.hybridize()
    net(nd.ones((1,)), nd.ones((1,)))
    net.export(str(tmp_path / 'two'))
    assert mx.sym.load(str(tmp_path / 'two-symbol.json')).list_arguments() == ['data0', 'data1']


def mlp():
    net = nn.HybridSequential(prefix='MLP_')
    with net.name_scope():
        net.add(nn.Flatten(), nn.Dense(128, activation='relu'), nn.Dense(64, activation='relu'),
                nn.Dense(10, activation=None))
    return net


def lenet():
    net = nn.HybridSequential(prefix='LeNet_')
    with net.name_scope():
        net.add(nn.Conv2D(20, (5, 5), activation='tanh'), nn.MaxPool2D((2, 2), (2, 2)),
                nn.Conv2D(50, (5, 5), activation='tanh'), nn.MaxPool2D((2, 2), (2, 2)),
                nn.Flatten(), nn.Dense(500, activation='tanh'), nn.Dense(10))
    return net


# SHA-1 of the files that MXNet 1.9.1 itself writes for these programs.
@pytest.mark.parametrize('make, expected', [(mlp, '08b329a862a78a19917dc22fdd75118a8f7f290e'),
                                            (lenet, 'cf88d6464e906c4780dbb30088977b21bf6dcea1')])
@pytest.mark.parametrize('hybridized', [False, True])
def test_a_seed_gives_the_bytes_that_it_gives_in_mxnet(make, expected, hybridized, tmp_path):
    mx.random.seed(42)
    net = make()
    net.initialize(mx.init.Xavier())
    net.hybridize(hybridized)
    net(nd.zeros((1, 1, 28, 28)))
    path = str(tmp_path / 'net.params')
    net.save_parameters(path)
    with open(path, 'rb') as f:
        assert hashlib.sha1(f.read()).hexdigest() == expected


def test_children_correspond_in_their_order(tmp_path):
    def network():
        net = gluon.Block()
        for _ in range(2):
            layer = nn.Dense(2, in_units=2)
            net.register_child(layer, layer.name)  # after a counter
        return net

    net = network()
    net.initialize(mx.init.Normal())
    net.save(str(tmp_path / 'net'))
    again = network()
    assert list(again._children) != list(net._children)
    again.load(str(tmp_path / 'net'))
    for old, new in zip(net._children.values(), again._children.values()):
        assert (old.weight.data() == new.weight.data()).asnumpy().all()
    again.register_child(nn.Dense(2, in_units=2))
    with pytest.raises(ValueError, match='same structure'):
        again.load(str(tmp_path / 'net'))


def test_network_without_parameters_is_exported_and_imported(tmp_path):
    net = nn.HybridSequential()
    net.add(nn.LeakyReLU(0.5))
    net.hybridize()
    x = mx.nd.array([[-1, 2]])
    net(x)
    net.export(str(tmp_path / "net"))
    files = (str(tmp_path / "net-symbol.json"), ["data"], str(tmp_path / "net-0000.params"))
    assert mx.gluon.SymbolBlock.imports(*files)(x).asnumpy().tolist() == [[-0.5, 2]]
    net.collect_params().save(str(tmp_path / "none"))
    net.collect_params().load(str(tmp_path / "none"))


def test_temporary_files_that_the_program_holds_open():
    # How thinc makes bytes of a network.
    net = nn.Dense(1, in_units=2)
    net.initialize()
    trainer = gluon.Trainer(net.collect_params(), 'adam')
    for save in (net.save_parameters, trainer.save_states, mx.sym.var('data').save,
                 lambda name: nd.save(name, {'w': nd.ones(2)})):
        with tempfile.NamedTemporaryFile('w+b') as file:
            save(file.name)
            assert 0 < len(file.read()) == os.path.getsize(file.name)


def test_recurrent_layers_of_mxnet_2_are_one_row(tmp_path):
    path = str(tmp_path / 'net.params')
    row = ((np.arange(72) % 7 - 3) / 4).astype('float32')
    nd.save(path, {'0.rnn_param': nd.array(row)})
    x = nd.array((np.arange(4).reshape(1, 2, 2) / 2).astype('float32'))
    # What MXNet 2 computes of them.
    expected = [[[-0.21814900, 0.27052900, -0.20370200, -0.61255002],
                 [-0.54882502, 0.48999300, 0.00645600, -0.44642800]]]
    for known in (2, 0):
        net = nn.HybridSequential()
        net.add(gluon.rnn.GRU(2, 1, bidirectional=True, layout='NTC', input_size=known))
        net.load_parameters(path)
        np.testing.assert_allclose(net(x).asnumpy(), expected, atol=1e-5)
    net = nn.HybridSequential()
    net.add(gluon.rnn.GRU(4, 1))
    with pytest.raises(ValueError, match=r"'0.rnn_param' .* 72 numbers and a multiple of 12, found"):
        net.load_parameters(path)
