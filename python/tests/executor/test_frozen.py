"""Frozen networks give what the network gives, of any kind, and stay as they are."""
import threading

import numpy as np
import pytest

import gluino as mx
from gluino import autograd, gluon, nd
from gluino.gluon import nn


def pictures(count, seed=3):
    return nd.array(np.random.RandomState(seed).uniform(-1, 1, (count, 3, 12, 12)))


def trained():
    """A network whose running statistics are not what they began with."""
    net = nn.HybridSequential()
    net.add(nn.Conv2D(8, 3, padding=1), nn.BatchNorm(), nn.Activation('relu'), nn.MaxPool2D(2),
            nn.Dropout(0.5), nn.Flatten(), nn.Dense(5))
    net.initialize(mx.init.Xavier())
    trainer = gluon.Trainer(net.collect_params(), 'sgd', {'learning_rate': 0.1})
    for seed in range(3):
        with autograd.record():
            loss = net(pictures(8, seed)).square()
        loss.backward()
        trainer.step(8)
    return net


def near(ours, expected):
    np.testing.assert_allclose(ours.asnumpy(), expected.asnumpy(), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize('hybridized', [False, True])
@pytest.mark.parametrize('batch', [1, 3, 16])
def test_a_network_and_what_it_becomes(hybridized, batch):
    net, x = trained(), pictures(4)
    if hybridized:
        net.hybridize()
    frozen = net.freeze(x)
    assert frozen.inputs == ['data'] and frozen.context == mx.cpu()
    assert 'BatchNorm' not in frozen.symbol.tojson()  # a part of the convolution
    expected = net(pictures(batch))
    near(frozen(pictures(batch)), expected)
    net[-1].weight.set_data(nd.zeros((5, 288)))
    near(frozen(pictures(batch)), expected)


def test_nothing_is_recorded_and_nobody_trains():
    net, x = trained(), pictures(4)
    expected = net(x)
    x.attach_grad()
    with autograd.record():
        frozen = net.freeze(x)
        y = frozen(x)
    near(y, expected)
    with pytest.raises(mx.MXNetError):
        y.backward()


def test_parameters_that_wait_for_their_shapes():
    mx.random.seed(5)
    net = nn.HybridSequential()
    net.add(nn.Dense(4), nn.Dense(2))
    net.initialize(mx.init.Xavier())
    frozen = net.freeze(nd.ones((2, 3)))
    assert net[0].weight.shape == (4, 3)
    near(frozen(nd.ones((2, 3))), net(nd.ones((2, 3))))


class Pair(gluon.HybridBlock):
    """Nested, with an input that nobody reads."""

    def __init__(self):
        super().__init__()
        self.hidden = nn.Dense(3, in_units=4)

    def hybrid_forward(self, F, x, others):
        return self.hidden(x), [x + others[0]]


class OwnForward(nn.HybridSequential):
    """With a forward alone, as in 2.0."""

    def forward(self, x, *args):
        return mx.npx.relu(super().forward(x)) + 1


def test_nested_arrays_follow_each_other():
    net = Pair()
    net.initialize()
    x, a, b = nd.ones((2, 4)), nd.ones((2, 4)) * 2, nd.ones((7,))
    frozen = net.freeze(x, [a, b])
    assert frozen.inputs == ['data0', 'data1', 'data2']
    first, (second,) = net(x, [a, b])
    outputs = frozen(x, a, b)
    assert isinstance(outputs, list) and len(outputs) == 2
    near(outputs[0], first)
    near(outputs[1], second)


def test_a_forward_of_its_own_and_numpy_arrays():
    with mx.util.np_shape(True), mx.util.np_array(True):
        net = OwnForward()
        net.add(nn.Dense(3, in_units=4))
        net.initialize()
        x = mx.np.ones((2, 4))
        frozen = net.freeze(x)
        y = frozen(x)
        assert isinstance(y, mx.np.ndarray)
        np.testing.assert_allclose(y.asnumpy(), net(x).asnumpy(), rtol=1e-6)


def test_layers_over_sequences_with_their_states():
    net = gluon.rnn.LSTM(5, 2, input_size=3)
    net.initialize()
    x, states = nd.ones((4, 2, 3)), net.begin_state(2)
    expected, (h, c) = net(x, states)
    for ours, theirs in zip(net.freeze(x, states)(x, *states), (expected, h, c)):
        near(ours, theirs)


def test_blocks_from_files_keep_their_inputs_names(tmp_path):
    net, x = trained(), pictures(2)
    net.hybridize()
    expected = net(x)
    net.export(str(tmp_path / 'net'))
    block = gluon.SymbolBlock.imports(str(tmp_path / 'net-symbol.json'), ['data'],
                                      str(tmp_path / 'net-0000.params'))
    near(block.freeze(x)(x), expected)
    picture = mx.sym.var('picture')
    named = gluon.SymbolBlock(mx.sym.relu(picture), picture)
    assert named.freeze(x).inputs == ['picture']
    near(mx.model.load_frozen(str(tmp_path / 'net'), 0)(x), expected)


def module():
    net = mx.sym.FullyConnected(mx.sym.var('data'), num_hidden=3, name='fc')
    net = mx.sym.SoftmaxOutput(net, name='softmax')
    made = mx.mod.Module(net)
    made.bind([('data', (4, 5))], [('softmax_label', (4,))])
    made.init_params(mx.init.Xavier())
    return made


def test_modules_need_no_labels(tmp_path):
    made, x = module(), nd.array(np.random.RandomState(1).rand(4, 5))
    expected = made.predict(mx.io.NDArrayIter(x, batch_size=4))
    frozen = made.freeze()
    assert frozen.inputs == ['data']
    near(frozen(x), expected)
    made.save_checkpoint(str(tmp_path / 'net'), 2)
    near(mx.model.load_frozen(str(tmp_path / 'net'), 2, ctx=mx.cpu(0))(x), expected)
    assert set(frozen.params()) == {'fc_weight', 'fc_bias'}


def test_symbols_and_parameters():
    x, y = mx.sym.var('x'), mx.sym.var('y')
    net = mx.sym.broadcast_add(x * mx.sym.var('w'), y)
    frozen = mx.model.FrozenGraph(net, {'w': nd.array([2, 3])}, inputs=['y', 'x'])
    near(frozen(nd.array([1, 1]), nd.array([5, 6])), nd.array([11, 19]))
    assert 'broadcast_add' in frozen.explain(nd.ones((2,)), nd.ones((2,)), runs=1)
    with pytest.raises(mx.MXNetError, match='w'):
        mx.model.FrozenGraph(net, {}, inputs=['x', 'y'])
    with pytest.raises(mx.MXNetError, match='other'):
        mx.model.FrozenGraph(net, {'w': nd.ones((2,)), 'other': nd.ones((2,))})
    mx.model.FrozenGraph(net, {'w': nd.ones((2,)), 'other': nd.ones((2,))},
                         allow_extra_params=True)


def test_what_cannot_be_frozen_or_called():
    net = trained()
    frozen = net.freeze(pictures(2))
    with pytest.raises(mx.MXNetError, match='expected 1 .*got 2'):
        frozen(pictures(2), pictures(2))
    with pytest.raises(TypeError, match='takes arrays'):
        frozen(np.ones((2, 3, 12, 12)))
    with pytest.raises(ValueError, match='its graph was made for arguments nested as'):
        net.freeze([pictures(2)], pictures(2))
    with pytest.raises(TypeError, match='expected a Symbol, got str'):
        mx.model.FrozenGraph('network', {})
    with pytest.raises(mx.MXNetError, match='shape'):
        frozen(nd.ones((2, 3, 5, 5)))
    net[0].register_forward_hook(lambda *args: None)
    with pytest.raises(mx.MXNetError, match='hooks'):
        net.freeze(pictures(2))

    class Reading(gluon.HybridBlock):
        def forward(self, x):
            return x * float(x.sum().asscalar())

    with pytest.warns(UserWarning, match='cannot become a graph'):
        with pytest.raises(mx.MXNetError, match='cannot become a graph'):
            Reading().freeze(nd.ones((2,)))


def test_the_graph_is_that_of_the_arguments():
    class Scaled(gluon.HybridBlock):
        def forward(self, x, factor=1):
            return x * (factor if isinstance(factor, int) else factor['factor'])

    net, x = Scaled(), nd.array([1, 2])
    net.hybridize()
    near(net(x), x)
    near(net.freeze(x, 3)(x), x * 3)
    near(net.freeze(x)(x), x)
    with pytest.raises(mx.MXNetError, match='for these arguments it cannot become a graph'):
        net.freeze(x, {'factor': 3})


def test_threads_share_one():
    net, results = trained(), {}
    frozen = net.freeze(pictures(2))
    batches = [pictures(1 + seed % 5, seed) for seed in range(8)]

    def run(number):
        results[number] = [frozen(x).asnumpy() for x in batches]

    threads = [threading.Thread(target=run, args=(i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for number in range(4):
        for ours, x in zip(results[number], batches):
            assert (ours == frozen(x).asnumpy()).all()


def test_networks_of_bytes():
    net, x = trained(), pictures(16)
    small = mx.contrib.quantization.quantize_net(
        net, calib_mode='naive', ctx=mx.cpu(),
        calib_data=gluon.data.DataLoader(gluon.data.ArrayDataset(x), 8))
    near(small.freeze(x)(x), small(x))
