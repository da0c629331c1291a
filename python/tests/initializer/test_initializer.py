"""First values of weights: numbers of MXNet 1.9.1 for a seed, rules by names, descriptions."""
import copy
import json
import logging
import pickle
import warnings

import gluino as mx
import numpy as np
import pytest

Desc = mx.init.InitDesc

# The first six elements that MXNet 1.9.1 gives for the seed 3.
MXNETS = [
    ("Uniform()", (2, 3), [0.0119423121, -0.0109679438, -0.00820524991, -0.024146203,
                           -0.0330397822, -0.0346936546]),
    ("Normal(2.0)", (2, 3), [-3.27218413, -3.80568171, -1.78369832, -3.75478292, -1.79842758,
                             -3.11635232]),
    ("Xavier()", (2, 3), [0.18688786, -0.17163974, -0.12840569, -0.377869129, -0.51704675,
                          -0.542928517]),
    ("Xavier('gaussian', 'in', 2.24)", (2, 3, 2, 2), [-0.706872582, -0.822121263, -0.385322899,
                                                      -0.811125815, -0.388504773, -0.673209071]),
    ("Xavier(factor_type='out', magnitude=2)", (4, 3), [0.120635569, -0.110792994, -0.0828855038,
                                                        -0.243913472, -0.333752215,
                                                        -0.350458831]),
    ("MSRAPrelu()", (2, 3), [-1.41967285, -1.65113664, -0.773877025, -1.62905359, -0.780267477,
                             -1.35206354]),
    ("MSRAPrelu('in', 0.1)", (3, 4), [-1.15115035, -1.33883417, -0.627502859, -1.32092798,
                                      -0.632684588, -1.09632897]),
    ("Bilinear()", (1, 1, 3, 3), [0.0625, 0.1875, 0.1875, 0.1875, 0.5625, 0.5625]),
]


def filled(initializer, shape, name='fc_weight', seed=3, **kwargs):
    mx.random.seed(seed)
    array = mx.nd.ones(shape, **kwargs) * 5
    initializer(Desc(name), array)
    return array.asnumpy()


@pytest.mark.parametrize('text, shape, expected', MXNETS, ids=lambda it: str(it)[:20])
def test_numbers_are_mxnets_to_the_bit(text, shape, expected):
    found = filled(eval('mx.init.' + text), shape)  # pylint: disable=eval-used
    np.testing.assert_array_equal(found.ravel()[:6], np.float32(expected))


def test_constants():
    assert (filled(mx.init.Zero(), (2, 2)) == 0).all()
    assert (filled(mx.init.One(), (2, 2)) == 1).all()
    assert (filled(mx.init.Constant(3), (2, 2)) == 3).all()
    for value in ([1, 2], np.array([1, 2]), mx.nd.array([1, 2])):
        np.testing.assert_array_equal(filled(mx.init.Constant(value), (2,)), [1, 2])


@pytest.mark.parametrize('shape', [(3, 5), (5, 3), (4, 2, 2)])
@pytest.mark.parametrize('kind', ['uniform', 'normal'])
def test_orthogonal(shape, kind):
    matrix = filled(mx.init.Orthogonal(scale=2, rand_type=kind), shape).reshape(shape[0], -1)
    if shape[0] > matrix.shape[1]:
        matrix = matrix.T
    np.testing.assert_allclose(matrix @ matrix.T, 4 * np.eye(len(matrix)), atol=1e-5)


def test_lstm_bias():
    array = mx.nd.ones((8,))
    mx.init.LSTMBias(2.0)._init_weight('x', array)
    assert array.asnumpy().tolist() == [0, 0, 2, 2, 0, 0, 0, 0]
    own = Desc('x_bias', {'__init__': mx.init.LSTMBias(3.0).dumps()})
    mx.init.Zero()(own, array)
    assert array.asnumpy().tolist() == [0, 0, 3, 3, 0, 0, 0, 0]


class Sevens(mx.init.Initializer):
    def _init_weight(self, name, arr):
        arr[:] = 7


@pytest.mark.parametrize('name, value', [
    ('a_weight', 7), ('a_bias', 0), ('a_gamma', 1), ('a_beta', 0), ('a_min', 0), ('a_max', 1),
    ('upsampling_weight', 7), ('a_bias_quantize', 0)])
def test_the_end_of_a_name_decides(name, value):
    assert (filled(Sevens(), (2, 2), name) == value).all()


@pytest.mark.parametrize('name', ['foo', 'a_moving_mean', 'a_running_var', 'lstm_parameters'])
def test_other_names_are_refused(name):
    with pytest.raises(ValueError, match=name):
        filled(Sevens(), (2, 2), name)


@pytest.mark.parametrize('name, value', [
    ('a_weight', 7), ('a_bias', 0), ('a_gamma', 1), ('a_moving_mean', 0), ('a_moving_var', 1),
    ('a_moving_inv_var', 0), ('a_moving_avg', 0), ('stn_loc_weight', 0), ('a_max', 1)])
def test_plain_names_go_by_older_rules(name, value):
    array = mx.nd.ones((2, 2)) * 5
    with pytest.warns(DeprecationWarning):
        Sevens()(name, array)
    assert (array.asnumpy() == value).all()


def test_plain_names_of_special_layers():
    array = mx.nd.zeros((1, 1, 4, 4))
    with warnings.catch_warnings():
        warnings.simplefilter('ignore')
        Sevens()('upsampling0', array)
        np.testing.assert_allclose(array.asnumpy()[0, 0, 0], [0.0625, 0.1875, 0.1875, 0.0625])
        array = mx.nd.ones((6,))
        Sevens()('stn_loc_bias', array)
        assert array.asnumpy().tolist() == [1, 0, 0, 0, 1, 0]
        for wrong in ((3, array), ('a_weight', None)):
            with pytest.raises(TypeError):
                Sevens()(*wrong)
        with pytest.raises(ValueError):
            Sevens()('a_running_mean', array)


def test_an_initializer_of_a_parameters_own_goes_first():
    array = mx.nd.ones((2, 2))
    Sevens()(Desc('foo_bias', {'__init__': mx.init.Constant(5).dumps()}), array)
    assert (array.asnumpy() == 5).all()
    desc = Desc('a_weight')
    sevens = Sevens()
    sevens(desc, array)
    assert desc.global_init is sevens


def test_descriptions():
    assert mx.init.Xavier(magnitude=2.24).dumps() == (
        '["xavier", {"rnd_type": "uniform", "factor_type": "avg", "magnitude": 2.24}]')
    assert mx.init.Zero().dumps() == '["zero", {}]'
    assert mx.init.MSRAPrelu().dumps() == '["msraprelu", {"factor_type": "avg", "slope": 0.25}]'
    assert mx.init.Constant(np.float32(2)).dumps() == '["constant", {"value": 2.0}]'
    assert mx.init.Constant(mx.nd.array([1, 2])).dumps() == '["constant", {"value": [1.0, 2.0]}]'
    fused = json.loads(mx.init.FusedRNN(mx.init.Zero(), 3, 1, 'lstm').dumps())
    assert fused[1]['init'] == '["zero", {}]'


def test_create():
    assert type(mx.init.create('zeros')) is mx.init.Zero
    assert mx.init.create('xavier', magnitude=2).magnitude == 2
    again = mx.init.create(mx.init.Xavier('gaussian', 'in', 2).dumps())
    assert again == mx.init.Xavier('gaussian', 'in', 2) != mx.init.Xavier()
    zero = mx.init.Zero()
    assert mx.init.create(zero) is zero
    fused = mx.init.create(mx.init.FusedRNN(mx.init.Xavier(), 3, 1, 'lstm').dumps())
    assert isinstance(fused._init, mx.init.Xavier)
    for unknown in ('nope', None):
        with pytest.raises(AssertionError):
            mx.init.create(unknown)


def test_users_initializers_are_found_by_name():
    @mx.init.register
    class Eights(mx.init.Initializer):
        def _init_weight(self, name, arr):
            arr[:] = 8
    assert (filled(mx.init.create('eights'), (2, 2)) == 8).all()
    with pytest.raises(NotImplementedError):
        filled(mx.init.Initializer(), (2, 2))


@pytest.mark.parametrize('make, shape', [
    (lambda: mx.init.Xavier(), (3,)), (lambda: mx.init.Xavier(rnd_type='z'), (3, 3)),
    (lambda: mx.init.Xavier(factor_type='z'), (3, 3)), (lambda: mx.init.Bilinear(), (3, 3))])
def test_mistakes(make, shape):
    with pytest.raises(ValueError):
        filled(make(), shape)


def test_load(caplog):
    arrays = {'arg:w': mx.nd.array([1, 2]), 'v': mx.nd.array([3.])}
    array = mx.nd.zeros((2,))
    with caplog.at_level(logging.INFO):
        mx.init.Load(arrays, verbose=True)('w', array)
    assert array.asnumpy().tolist() == [1, 2]
    assert 'Initialized w by loading' in caplog.text
    with pytest.raises(AssertionError, match='v'):
        mx.init.Load(arrays)('v', array)
    with pytest.raises(AssertionError, match='q'):
        mx.init.Load(arrays)('q', array)
    mx.init.Load(arrays, default_init=mx.init.One())(Desc('q_weight'), array)
    assert array.asnumpy().tolist() == [1, 1]


def test_load_of_a_file(tmp_path):
    path = str(tmp_path / 'net.params')
    mx.nd.save(path, {'arg:w': mx.nd.array([1, 2])})
    array = mx.nd.zeros((2,))
    mx.init.Load(path)('w', array)
    assert array.asnumpy().tolist() == [1, 2]


def test_mixed():
    mixed = mx.init.Mixed(['fc', '.*'], [mx.init.One(), mx.init.Constant(4)])
    assert (filled(mixed, (2,), 'fc_weight') == 1).all()
    assert (filled(mixed, (2,), 'conv_weight') == 4).all()
    with pytest.raises(ValueError, match='zz'):
        filled(mx.init.Mixed(['a'], [mx.init.Zero()]), (2,), 'zz_weight')
    with pytest.raises(AssertionError):
        mx.init.Mixed(['a'], [])


@pytest.mark.parametrize('mode, gates', [('rnn_tanh', 1), ('gru', 3), ('lstm', 4)])
@pytest.mark.parametrize('sides', [1, 2])
def test_fused_rnn(mode, gates, sides):
    units, layers, inputs = 3, 2, 4
    weights = sum(gates * units * sides * ((inputs if layer == 0 else units * sides) + units)
                  for layer in range(layers))
    biases = layers * sides * 2 * gates * units
    array = mx.nd.ones((weights + biases,)) * 5
    seen = []

    class Telling(mx.init.Initializer):
        def _init_weight(self, name, arr):
            seen.append((str(name), arr.shape))
            arr[:] = 7

    init = mx.init.FusedRNN(None, units, layers, mode, sides == 2, forget_bias=2.0)
    init._init_weight(Desc('parameters', global_init=Telling()), array)
    values = array.asnumpy()
    assert (values[:weights] == 7).all()
    assert len(seen) == layers * sides * 2 * gates
    gate = {'rnn_tanh': '', 'gru': '_r', 'lstm': '_i'}[mode]
    assert seen[0] == (f'l0_i2h{gate}_weight', (units, inputs))
    of_bias = values[weights:].reshape(-1, gates, units)
    expected = np.zeros_like(of_bias)
    if mode == 'lstm':
        expected[:, 1] = 2
    np.testing.assert_array_equal(of_bias, expected)


@pytest.mark.parametrize('mode, gates, projection', [
    ('rnn_relu', 1, None), ('gru', 3, None), ('lstm', 4, None), ('lstm', 4, 2)])
@pytest.mark.parametrize('sides', [1, 2])
def test_rnn_fused(mode, gates, projection, sides):
    units, layers, inputs = 3, 2, 5
    rows, states = gates * units, projection or units
    sizes = [[rows * (inputs if layer == 0 else states * sides), rows * states,
              states * units if projection else 0] for layer in range(layers) for _ in range(sides)]
    biases = layers * sides * 2 * rows
    array = mx.nd.ones((sum(map(sum, sizes)) + biases,)) * 5
    init = mx.init.RNNFused(mode, layers, units, sides == 2, projection, i2h_weight_initializer='ones',
                            h2h_bias_initializer=mx.init.Constant(4),
                            h2r_weight_initializer=mx.init.Constant(3))
    init(Desc('rnn_param', global_init=mx.init.Constant(2), attrs={'__init__': init.dumps()}), array)
    expected = [np.repeat([1, 2, 3], counts) for counts in sizes]
    expected += [np.repeat([0, 4], rows)] * (layers * sides)
    np.testing.assert_array_equal(array.asnumpy(), np.concatenate(expected))
    with pytest.raises(ValueError, match='are not the weights'):
        init._init_weight(Desc('rnn_param'), mx.nd.ones((array.size + 1,)))


def test_verbosity(caplog):
    zero = mx.init.Zero()
    assert zero.set_verbosity(True) is zero
    with caplog.at_level(logging.INFO):
        filled(zero, (2, 2))
        filled(zero.set_verbosity(True, lambda array: 'told'), (2, 2), 'a_bias')
    assert 'Initialized fc_weight as weight: 0.0' in caplog.text
    assert 'Initialized a_bias as bias: told' in caplog.text


def test_names_pickle_with_what_is_known_of_them():
    desc = Desc('a_weight', {'x': '1'}, mx.init.Xavier(magnitude=2))
    for other in (pickle.loads(pickle.dumps(desc)), copy.deepcopy(desc)):
        assert other == 'a_weight' and other.attrs == {'x': '1'}
        assert other.global_init == mx.init.Xavier(magnitude=2)


def test_np_arrays():
    pytest.importorskip('gluino.numpy')
    array = mx.np.ones((2, 3))
    mx.random.seed(3)
    mx.init.Xavier()(Desc('fc_weight'), array)
    np.testing.assert_array_equal(array.asnumpy(), filled(mx.init.Xavier(), (2, 3)))


def test_a_seed_gives_the_same_weights_in_half_and_elsewhere():
    expected = filled(mx.init.Uniform(1), (3, 3))
    exact = filled(mx.init.Uniform(1), (3, 3), dtype='float64')  # In which MXNet draws float16.
    np.testing.assert_array_equal(filled(mx.init.Uniform(1), (3, 3), dtype='float16'),
                                  exact.astype('float32').astype('float16'))
    np.testing.assert_array_equal(filled(mx.init.Uniform(1), (3, 3), ctx=mx.cpu(1)), expected)


@pytest.mark.parametrize('init, shape, places, expected', [
    (mx.init.Normal(0.1), (3, 4), [0, 1, 2, 11],
     [-0.0412222221, 0.0838336572, 0.0737063661, 0.103296302]),
    (mx.init.Xavier('gaussian', 'in', 2), (2, 2, 3, 3), [0, 1, 2, 35],
     [-0.137407407, 0.279445529, 0.245687887, 0.0833296403]),
    (mx.init.MSRAPrelu(), (3, 4), [0, 1, 2, 11],
     [-0.302306771, 0.614801466, 0.540532112, 0.757532537]),
    (mx.init.Xavier(), (64, 3, 7, 7), [0, 1, 2, -1],
     [0.0308433287, -0.0151661113, 0.0227627419, -0.00231486186]),
])
def test_np_mode_draws_as_mxnet_does_there(init, shape, places, expected):
    """Numbers of MXNet 1.9.1, after mx.random.seed(5)."""
    mx.npx.set_np()
    try:
        mx.random.seed(5)
        weight = mx.gluon.Parameter('weight', shape=shape)
        weight.initialize(init)
        found = weight.data().asnumpy().ravel()[places]
        np.testing.assert_allclose(found, expected, rtol=1e-6)
        with pytest.raises(ValueError, match='at least 2 dimensions'):
            mx.gluon.Parameter('weight', shape=(3,)).initialize(mx.init.Xavier())
        with pytest.raises(ValueError, match='factor_type'):
            mx.gluon.Parameter('weight', shape=(3, 2)).initialize(mx.init.Xavier('uniform', 'all'))
    finally:
        mx.npx.reset_np()
