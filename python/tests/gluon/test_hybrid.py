"""Hybridized blocks give the same as those that are not."""
import numpy as np
import pytest

import gluino as mx
from gluino import autograd, gluon, nd
from gluino.gluon import nn


class Nested(gluon.HybridBlock):
    """With parameters, children, lists in and out."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        with self.name_scope():
            self.weight = self.params.get('weight', shape=(3, 0), allow_deferred_init=True)
            self.out = nn.Dense(2)

    def hybrid_forward(self, F, x, others, weight):
        y = F.FullyConnected(x, weight, no_bias=True, num_hidden=3)
        return self.out(y), [y + others[0], (others[1][0] * 2, None)]


def arrays(*shapes):
    random = np.random.RandomState(7)
    return [nd.array(random.uniform(-1, 1, shape)) for shape in shapes]


def test_nested_arguments_and_results():
    net = Nested()
    net.initialize()
    x, a, b = arrays((2, 4), (2, 3), (5,))
    first, (second, (third, nothing)) = net(x, [a, [b]])
    net.hybridize()
    again = net(x, [a, [b]])
    assert isinstance(again, tuple) and isinstance(again[1], list)
    assert isinstance(again[1][1], tuple) and again[1][1][1] is None
    np.testing.assert_allclose(again[0].asnumpy(), first.asnumpy(), rtol=1e-5)
    np.testing.assert_allclose(again[1][0].asnumpy(), second.asnumpy(), rtol=1e-5)
    np.testing.assert_allclose(again[1][1][0].asnumpy(), third.asnumpy(), rtol=1e-5)


def test_gradients_are_the_same():
    net = nn.HybridSequential()
    net.add(nn.Conv2D(4, 3, activation='tanh'), nn.MaxPool2D(), nn.BatchNorm(), nn.Flatten(),
            nn.Dense(3))
    net.initialize(mx.init.Xavier())
    x = arrays((2, 1, 8, 8))[0]
    found = []
    for hybrid in (False, True):
        net.hybridize(hybrid)
        with autograd.record():
            y = (net(x) ** 2).sum()
        y.backward()
        found.append([p.grad().asnumpy() for p in net.collect_params().values()
                      if p.grad_req != 'null'])
    for eager, graph in zip(*found):
        np.testing.assert_allclose(graph, eager, rtol=1e-4, atol=1e-6)


def test_deferred_parameters_are_drawn_in_the_order_of_the_layers():
    values = []
    for hybrid in (False, True):
        mx.random.seed(3)
        net = Nested(prefix='net_')
        net.initialize()
        net.hybridize(hybrid)
        x, a, b = arrays((2, 4), (2, 3), (5,))
        net(x, [a, [b]])
        values.append([p.data().asnumpy() for p in net.collect_params().values()])
    for eager, graph in zip(*values):
        assert (eager == graph).all()


class Branches(gluon.HybridBlock):
    """Layers that run in another order than the sum takes what they give."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        with self.name_scope():
            self.a, self.b, self.c = nn.Dense(2), nn.Dense(3), nn.Dense(2)
            self.drop = nn.Dropout(0.5)

    def hybrid_forward(self, F, x):
        a = self.a(x)
        return self.c(self.drop(self.b(x))) + a


@pytest.mark.parametrize('hybrid, weights, outputs', [
    (False, [[0.1706, -0.1567], [-0.472, -0.4956], [0.159, 0.0031, 0.3637]],
     [[-0.2958, -0.3409], [0.0119, 0.1326]]),
    (True, [[0.372, 0.7636], [0.1706, -0.1567], [0.0673, -0.3984, -0.3389]],
     [[1.1356, -0.4637], [2.1597, 0.3846]])])
def test_first_weights_are_drawn_in_the_order_of_the_graph(hybrid, weights, outputs):
    """MXNet 1.9.1's numbers: as the layers run, and hybridized as the graph takes its inputs, before
    it runs and anything drops out."""
    mx.random.seed(3)
    net = Branches()
    net.initialize(mx.init.Uniform(1))
    net.hybridize(hybrid)
    with autograd.record():
        out = net(nd.ones((2, 2)))
    for layer, row in zip((net.a, net.b, net.c), weights):
        np.testing.assert_allclose(layer.weight.data()[0].asnumpy(), row, atol=6e-5)
    np.testing.assert_allclose(out.asnumpy(), outputs, atol=6e-5)


def test_a_seed_gives_the_same_bits_hybridized_or_not():
    """Where the layers know their sizes from the start."""
    trained = []
    for hybrid in (False, True):
        mx.random.seed(42)
        net = nn.HybridSequential()
        net.add(nn.Conv2D(4, 3, activation='tanh'), nn.BatchNorm(), nn.Flatten(), nn.Dense(5),
                nn.Dropout(0.5), nn.Dense(2, in_units=5))
        net.initialize(mx.init.Xavier())
        net.hybridize(hybrid)
        trainer = gluon.Trainer(net.collect_params(), 'adam', {'learning_rate': 0.01})
        for _ in range(3):
            with autograd.record():
                loss = (net(arrays((2, 1, 6, 6))[0]) ** 2).sum()
            loss.backward()
            trainer.step(2)
        trained.append([p.data().asnumpy() for p in net.collect_params().values()])
    for eager, graph in zip(*trained):
        assert (eager == graph).all()


class Counted(gluon.Parameter):
    """As one whose values are drawn when they are asked for."""
    times = 0

    def data(self, ctx=None):
        self.times += 1
        return super().data(ctx)


class OfCounted(gluon.HybridBlock):
    def __init__(self, shape):
        super().__init__()
        self.weight = Counted('weight', shape=shape, allow_deferred_init=True)

    def collect_params(self, select=None):
        found = gluon.ParameterDict()
        found.update({'weight': self.weight})
        return found

    def hybrid_forward(self, F, x, weight):
        return F.FullyConnected(x, weight, no_bias=True, num_hidden=2)


@pytest.mark.parametrize('shape, hybrid, times', [
    ((2, 3), False, [1, 2]), ((2, 3), True, [2, 3]), ((2, 0), False, [2, 3]), ((2, 0), True, [2, 3])])
def test_parameters_are_asked_for_their_values_as_often_as_by_mxnet(shape, hybrid, times):
    net = OfCounted(shape)
    net.weight.initialize()
    net.hybridize(hybrid)
    for expected in times:
        net(nd.ones((1, 3)))
        assert net.weight.times == expected


class Distance(gluon.HybridBlock):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        with self.name_scope():
            self.out = nn.Dense(2)

    def hybrid_forward(self, F, x, y):
        scale = F.where(y > 0, F.ones_like(y), 2 * F.ones_like(y))
        distance = F.abs(self.out(x) - y)
        return F.broadcast_mul(distance, F.max(scale, axis=1, keepdims=True))


@pytest.mark.parametrize('dtype', ['float64', 'float16'])
def test_the_graph_tells_shapes_whatever_the_types_are(dtype):
    """The type of the label follows from nothing that the graph knows."""
    found = []
    for hybrid in (False, True):
        net = Distance()
        net.initialize(mx.init.One())
        net.cast(dtype)
        net.hybridize(hybrid)
        out = net(*(array.astype(dtype) for array in arrays((3, 4), (3, 2))))
        found.append(out.asnumpy())
        assert out.dtype == np.dtype(dtype)
    np.testing.assert_allclose(found[1], found[0], rtol=1e-2)


class Optional(gluon.HybridBlock):
    def hybrid_forward(self, F, x, y=None, z=None):
        for other in (y, z):
            x = x if other is None else x + other
        return x


def test_missing_arguments_are_none():
    one = nd.ones((1,))
    for made_for, same, other in [((one,), (one, None, None), (one, one)),
                                  ((one, None, one), (one, None, one), (one,)),
                                  ((one, one, None), (one, one), (one, None, one))]:
        net = Optional()
        net.hybridize()
        expected = net(*made_for).asscalar()
        assert net(*same).asscalar() == expected
        with pytest.raises(ValueError, match='nested'):
            net(*other)


def test_what_no_graph_can_take():
    net = Optional()
    net.hybridize()
    with pytest.raises(ValueError):
        net(nd.ones((1,)), 3)
    with pytest.raises(ValueError):
        net('a')
    with pytest.raises(ValueError):
        net(nd.ones((1,)), mx.sym.var('y'))
    with pytest.raises(NotImplementedError):
        gluon.HybridBlock()(nd.ones((1,)))


def test_values_are_not_there_in_a_graph():
    class Reads(gluon.HybridBlock):
        def hybrid_forward(self, F, x):
            return F.relu(x) * float(x.sum().asscalar())

    net = Reads()
    net(nd.ones((1,)))
    net.hybridize()
    with pytest.raises(mx.base.NotImplementedForSymbol):
        net(nd.ones((1,)))


def test_called_with_symbols_it_composes():
    net = Nested(prefix='net_')
    first, (second, _) = net(mx.sym.var('x'), [mx.sym.var('a'), [mx.sym.var('b')]])
    assert first.name == 'net_dense0_fwd'
    assert second.list_arguments() == ['x', 'net_weight', 'a']


def test_children_are_hybrid():
    net = gluon.HybridBlock()
    with pytest.raises(ValueError, match='HybridBlock'):
        net.child = gluon.Block()


def test_another_child_is_noticed_also_deep_inside():
    net = nn.HybridSequential()
    inner = nn.HybridSequential()
    inner.add(nn.Dense(3, in_units=2))
    net.add(inner)
    net.initialize()
    net.hybridize()
    x = nd.ones((1, 2))
    assert net(x).shape == (1, 3)
    inner.add(nn.Dense(4, in_units=3))
    inner.initialize(force_reinit=True)
    assert net(x).shape == (1, 4)


def test_cast_makes_another_graph():
    net = nn.Dense(2, in_units=2)
    net.initialize()
    net.hybridize(static_alloc=True, static_shape=True)
    assert net(nd.ones((1, 2))).dtype == np.float32
    net.cast('float64')
    assert net(nd.ones((1, 2), dtype='float64')).dtype == np.float64


def test_infer_shape_and_type():
    net = nn.Dense(2)
    net.infer_shape(nd.ones((1, 7)))
    assert net.weight.shape == (2, 7)
    net.infer_type(nd.ones((1, 7)))
    assert np.dtype(net.weight.dtype) == np.float32


@pytest.mark.filterwarnings("ignore:Cannot decide shape")
def test_shapes_that_do_not_follow_are_said():
    class Vague(gluon.HybridBlock):
        def __init__(self):
            super().__init__()
            self.w = self.params.get('weight', shape=(0,), allow_deferred_init=True)

        def hybrid_forward(self, F, x, w):
            return F.broadcast_add(x, w)

    net = Vague()
    net.initialize()
    with pytest.raises(ValueError):
        net(nd.ones((2, 3)))


def test_other_backends_are_not_there():
    with pytest.raises(NotImplementedError, match='nonsense'):
        nn.Dense(1).hybridize(backend='nonsense')
    with pytest.raises(ValueError):
        nn.Dense(1).optimize_for(nd.ones((1, 1)))
    with pytest.raises(NotImplementedError, match="'nonsense'; expected 'MKLDNN' or"):
        nn.Dense(1).optimize_for(nd.ones((1, 1)), backend='nonsense')
    with pytest.raises(NotImplementedError, match='nonsense'):
        mx.sym.relu(mx.sym.var('x')).optimize_for('nonsense')


class Own(gluon.HybridBlock):
    """A forward of its own, as in 2.0."""

    calls = 0

    def __init__(self):
        super().__init__()
        self.fc = nn.Dense(3, in_units=4)
        self.scale = gluon.Parameter('scale', shape=(3,), init='ones')

    def forward(self, x):
        Own.calls += 1
        y = nd.relu(self.fc(x.reshape((x.shape[0], -1))))
        return y * self.scale.data(), [y]


def test_a_forward_of_its_own_becomes_a_graph_for_each_shape():
    net = Own()
    net.initialize()
    x, longer = arrays((2, 2, 2), (3, 2, 2))
    expected, longer_expected = net(x)[0].asnumpy(), net(longer)[0].asnumpy()
    net.hybridize()
    Own.calls = 0
    for _ in range(3):
        out, (inner,) = net(x)
        np.testing.assert_allclose(out.asnumpy(), expected, rtol=1e-5)
    assert Own.calls == 1 and inner.shape == (2, 3)
    np.testing.assert_allclose(net(longer)[0].asnumpy(), longer_expected, rtol=1e-5)
    net.scale.set_data(nd.ones((3,)) * 2)
    np.testing.assert_allclose(net(x)[0].asnumpy(), expected * 2, rtol=1e-5)
    with autograd.record():
        y = net(x)[0].sum()
    y.backward()
    assert (net.scale.grad().asnumpy() == net(x)[1][0].sum(axis=0).asnumpy()).all()


def test_blocks_of_both_kinds_become_one_graph():
    net = nn.HybridSequential()
    net.add(Own0(), nn.Dense(2))
    net.initialize()
    x = arrays((2, 2, 2))[0]
    net.hybridize()
    Own.calls = 0
    results = [net(x).asnumpy() for _ in range(3)]
    assert Own.calls == 2  # in earnest, for the shape of the weight, and for the graph
    net.hybridize(False)
    for result in results:
        np.testing.assert_allclose(result, net(x).asnumpy(), rtol=1e-5)


class Own0(Own):
    """With one result."""

    def forward(self, x):
        return super().forward(x)[0]


def test_arrays_of_its_own_are_read_in_each_call(tmp_path):
    class Mask(gluon.HybridBlock):
        def __init__(self):
            super().__init__()
            self.mask = nd.array([1, 0])

        def forward(self, x):
            return x * self.mask

    net, x = Mask(), nd.array([3, 4])
    net.hybridize()
    assert (net(x).asnumpy() == [3, 0]).all()
    net.mask[:] = 2
    assert (net(x).asnumpy() == [6, 8]).all()
    net.mask = nd.array([0, 1])
    assert (net(x).asnumpy() == [0, 4]).all()
    net.export(str(tmp_path / 'mask'))
    block = gluon.SymbolBlock.imports(str(tmp_path / 'mask-symbol.json'), 'data',
                                      str(tmp_path / 'mask-0000.params'))
    assert (block(x).asnumpy() == [0, 4]).all()


def test_a_forward_that_reads_values_runs_as_it_is():
    class Reads(gluon.HybridBlock):
        def forward(self, x):
            return x * 2 if x.sum().asscalar() > 0 else x

    net = Reads()
    net.hybridize()
    with pytest.warns(UserWarning, match='cannot become a graph'):
        assert net(nd.ones((1,))).asscalar() == 2
    assert net(-nd.ones((1,))).asscalar() == -1


def test_a_forward_of_its_own_may_find_its_shapes():
    class Finds(gluon.HybridBlock):
        def __init__(self):
            super().__init__()
            self.w = gluon.Parameter('w', shape=(0,), init='ones', allow_deferred_init=True)

        def infer_shape(self, x):
            self.w.shape = (x.shape[1],)

        def forward(self, x):
            return x * self.w.data()

    for hybrid in (False, True):
        net = Finds()
        net.initialize()
        net.hybridize(hybrid)
        assert (net(nd.ones((2, 3))).asnumpy() == 1).all()
        assert net.w.shape == (3,)


def test_operator_hooks():
    net = nn.HybridSequential(prefix='net_')
    with net.name_scope():
        net.add(nn.Dense(2, activation='relu'))
    net.initialize()
    seen = []
    net.register_op_hook(lambda name, op, array: seen.append((name, op, array.shape)))
    x = nd.ones((1, 2))
    net(x)
    assert seen == []
    net.hybridize()
    with autograd.record():
        y = net(x)
    y.backward()
    assert seen == [('net_dense0_fwd_output', 'FullyConnected', (1, 2)),
                    ('net_dense0_relu_fwd_output', 'Activation', (1, 2))]
    seen.clear()
    net.register_op_hook(lambda name, op, array: seen.append(name), monitor_all=True)
    net(x)
    assert seen == ['net_dense0_fwd_data', 'net_dense0_fwd_weight', 'net_dense0_fwd_bias',
                    'net_dense0_fwd_output', 'net_dense0_relu_fwd_input0',
                    'net_dense0_relu_fwd_output']


def test_batch_norm_learns_its_statistics_in_a_graph():
    net = nn.BatchNorm(in_channels=2)
    net.initialize()
    net.hybridize()
    x = arrays((4, 2))[0]
    with autograd.record():
        net(x)
    np.testing.assert_allclose(net.running_mean.data().asnumpy(), x.asnumpy().mean(0) * 0.1,
                               rtol=1e-4)


def test_each_device_has_its_parameters():
    net = nn.Dense(1, in_units=1)
    net.initialize('ones', ctx=[mx.cpu(0), mx.cpu(1)])
    net.hybridize()
    net.weight.data(mx.cpu(1))[:] = 5
    assert net(nd.ones((1, 1), ctx=mx.cpu(0))).asscalar() == 1
    assert net(nd.ones((1, 1), ctx=mx.cpu(1))).asscalar() == 5


def test_constants_that_the_first_call_makes_are_symbols_when_it_is_traced():
    class Net(gluon.HybridBlock):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.basis = None
            with self.name_scope():
                self.dense = nn.Dense(3)

        def hybrid_forward(self, F, x):
            if self.basis is None:
                self.basis = F.ones((3, 2))
            return F.dot(self.dense(x), self.basis)

    net = Net()
    net.initialize()
    net.hybridize()
    assert net(mx.nd.ones((4, 5))).shape == (4, 2)
    assert net.dense.weight.shape == (3, 5)
    broken = Net()
    broken.hybridize()
    with pytest.raises(RuntimeError, match="initialize"):
        broken(mx.nd.ones((4, 5)))


def test_operator_hooks_see_the_first_call():
    net = nn.HybridSequential(prefix='net_')
    with net.name_scope():
        net.add(nn.Dense(2), nn.BatchNorm(scale=False))
    net.initialize()
    net.hybridize()
    seen = []
    net.register_op_hook(lambda name, op, array: seen.append(name))
    for calls in (1, 2):
        with autograd.record():
            net(nd.array([[1, 2], [3, 5]]))
        assert seen == calls * ['net_dense0_fwd_output', 'net_batchnorm0_fwd_output']
    assert net[1].running_var.data().asnumpy().max() < 1


def test_sizes_that_elements_decide():
    class Chosen(nn.HybridBlock):
        def hybrid_forward(self, F, data, mask):
            return F.contrib.boolean_mask(data, mask).reshape((-1,)) * 2

    net = Chosen()
    net.hybridize()
    data = mx.nd.arange(6).reshape((3, 2))
    data.attach_grad()
    for mask in ([0, 1, 1], [1, 0, 0], [1, 1, 1]):
        with mx.autograd.record():
            result = net(data, mx.nd.array(mask))
        result.backward()
        chosen = np.array(mask, bool)
        assert (result.asnumpy() == 2 * data.asnumpy()[chosen].ravel()).all()
        assert (data.grad.asnumpy() == 2 * chosen[:, None]).all()
    with pytest.raises(mx.MXNetError):
        net(data, mx.nd.ones((4,)))
    assert net(data, mx.nd.array([0, 0, 1])).shape == (2,)


class OfForward(gluon.HybridBlock):
    """A block with a forward of its own, given as a function."""

    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, *args):
        return self.function(*args)


def test_numbers_and_texts_go_through_a_forward_of_ones_own():
    block = OfForward(lambda x, n: (x * n, x.shape, [n, 'text', None]))
    block.hybridize()
    for n, size in ((2, 1), (3, 1), (2.5, 2), (2, 1)):
        y, shape, others = block(nd.ones((size,)), n)
        assert y.asnumpy().tolist() == [n] * size
        assert shape == (size,) and others == [n, 'text', None]
    whole = nd.ones((1,), dtype='int32')
    times = OfForward(lambda x, n: x.as_np_ndarray() * n)
    times.hybridize()
    assert [times(whole, n).dtype for n in (2, 2.0)] == [np.int32, np.float32]
    sizes = OfForward(lambda x: x.shape)
    sizes.hybridize()
    assert sizes(nd.ones((2, 3))) == (2, 3) == sizes(nd.ones((2, 3)))


def test_what_no_graph_knows_runs_as_it_is():
    block = OfForward(lambda x, arrays, n: x * arrays['k'] + n)
    block.hybridize()
    for k, n in ((1, np.float32(2)), (5, np.float32(3))):
        assert block(nd.ones((1,)), {'k': nd.full((1,), k)}, n).asscalar() == k + n
    block = OfForward(lambda x: {'twice': x * 2})
    block.hybridize()
    with pytest.warns(UserWarning, match='forward gives a dict'):
        assert block(nd.ones((1,)))['twice'].asscalar() == 2


def test_what_depends_on_no_input_runs_as_it_is():
    for forward in (lambda x: [mx.np.eye(2)], lambda x: [mx.np.eye(2), x]):
        block = OfForward(forward)
        block.hybridize()
        with pytest.warns(UserWarning, match='depends on an input'):
            out = block(mx.np.ones((3,)))
        assert out[0].tolist() == [[1, 0], [0, 1]] and block(mx.np.ones((3,)))[0].shape == (2, 2)


class Scaled(gluon.HybridBlock):
    def __init__(self, factor):
        super().__init__()
        self.factor, self.calls = factor, 0

    def forward(self, x):
        self.calls += 1
        return x * self.factor


def test_a_number_of_a_block_with_a_forward_of_its_own_may_change():
    inner = Scaled(2)
    outer = nn.HybridSequential()
    outer.add(inner)
    for block in (inner, outer):
        block.hybridize()
    x = nd.ones((1,))
    for factor in (2, 3, 3, 0.5):
        inner.factor = factor
        for block in (inner, outer):
            assert block(x).asscalar() == factor
    noted = inner.calls
    for _ in range(3):
        inner.factor = 0.5  # the same
        inner(x)
        outer(x)
    assert inner.calls == noted
