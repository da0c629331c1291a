"""Symbols converted to half precision."""
import gluino as mx
import numpy as np
import pytest
from gluino import sym
from gluino.contrib import amp

IDS = [2049, 4097, 3001]  # none of which float16 holds
ROWS = mx.nd.arange(5000).reshape((5000, 1)) % 100


@pytest.mark.parametrize('dtype', ['float32', 'int32'])
@pytest.mark.parametrize('looked_up', [
    lambda data: sym.Embedding(data, sym.var('rows'), input_dim=5000, output_dim=1),
    lambda data: sym.take(sym.var('rows'), data),
    lambda data: sym.take(sym.var('rows'), sym.reshape(data + 0, shape=(-1,))),
    lambda data: sym.pick(sym.transpose(sym.broadcast_axis(sym.var('rows'), axis=1, size=3)), data)])
def test_places_are_not_cast(looked_up, dtype):
    net = amp.convert_symbol(looked_up(sym.var('data')))
    found, = net.eval(data=mx.nd.array(IDS, dtype=dtype), rows=ROWS)
    assert found.dtype is np.float32
    assert found.asnumpy().ravel().tolist() == [49, 97, 1]


def test_a_block_looks_up_the_same_rows():
    net = mx.gluon.nn.HybridSequential()
    net.add(mx.gluon.nn.Embedding(5000, 4), mx.gluon.nn.Dense(2, flatten=False))
    net.initialize(mx.init.Normal(1))
    net.hybridize()
    ids = mx.nd.array(IDS)
    expected = net(ids).asnumpy()
    np.testing.assert_allclose(amp.convert_hybrid_block(net)(ids).asnumpy(), expected, atol=0.05)


def test_a_loss_keeps_its_name_and_its_labels():
    net = sym.SoftmaxOutput(sym.FullyConnected(sym.var('data'), num_hidden=2, name='f'), name='softmax')
    converted = amp.convert_symbol(net)
    assert converted.list_outputs() == ['softmax_output']
    assert converted.list_arguments() == net.list_arguments()
    module = mx.mod.Module(converted)
    module.bind([('data', (2, 3))], [('softmax_label', (2,))])
    module.init_params(mx.init.One())
    module.forward(mx.io.DataBatch([mx.nd.ones((2, 3))], [mx.nd.array([0, 1])]), is_train=True)
    module.backward()
    assert module.get_outputs()[0].asnumpy().tolist() == [[0.5, 0.5]] * 2


def test_outputs_are_named():
    f = sym.FullyConnected(sym.var('data'), num_hidden=2, name='f')
    group = amp.convert_symbol(sym.Group([f, sym.softmax(f, name='s')]))
    assert group.list_outputs() == ['f_0_amp_cast_float32_output', 's_output']


def test_variables_keep_their_attributes():
    data = sym.var('data', shape=(2, 3), lr_mult=2)
    assert amp.convert_symbol(data * 2).attr_dict()['data']['__shape__'] == '(2, 3)'


def test_places_within_loops_are_refused():
    rows = sym.var('rows')
    out, _ = sym.contrib.foreach(lambda x, s: (sym.take(rows, x), s), sym.var('data'), sym.var('s'))
    with pytest.raises(NotImplementedError, match='take'):
        amp.convert_symbol(out)


def test_what_places_are_made_of_is_compared_and_read_elsewhere():
    data, factor = sym.var('data'), sym.var('factor')
    halves = sym.floor(data / 2)
    nets = [sym.Embedding(halves, sym.var('rows'), input_dim=5000, output_dim=1),
            sym.reshape((data == sym.var('other')) * factor, shape=(3, 1)),
            sym.reshape(halves * factor, shape=(3, 1)),
            sym.broadcast_add(sym.reshape(factor, shape=(3, 1)), sym.ones((1,)))]
    net = sym.concat(*nets, dim=1)
    given = {'data': mx.nd.array([4098, 8195, 3]), 'rows': ROWS, 'other': mx.nd.array([4097, 8195, 3]),
             'factor': mx.nd.array([1, 2, 4])}
    expected, found = net.eval(**given)[0], amp.convert_symbol(net).eval(**given)[0]
    assert found.asnumpy()[:, [0, 1, 3]].tolist() == expected.asnumpy()[:, [0, 1, 3]].tolist()
    np.testing.assert_allclose(found.asnumpy(), expected.asnumpy(), rtol=1e-3)
