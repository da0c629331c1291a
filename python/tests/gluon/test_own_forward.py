"""Hybrid blocks with a forward of their own, as in MXNet 2."""
import numpy as np
import pytest

import gluino as mx
from gluino import autograd, gluon, nd
from gluino.gluon import nn


def arrays(*shapes):
    random = np.random.RandomState(7)
    return [nd.array(random.uniform(-1, 1, shape)) for shape in shapes]


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
