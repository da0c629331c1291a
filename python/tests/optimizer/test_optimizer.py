"""What programs see of optimizers: rates, multipliers, counts, names, states."""
import copy
import pickle
import warnings

import gluino as mx
import numpy as np
import pytest


@pytest.fixture(autouse=True)
def registry_as_it_was():
    registry = mx.optimizer.Optimizer.opt_registry
    before = dict(registry)
    yield
    registry.clear()
    registry.update(before)


def ones(*shape, **kwargs):
    return mx.nd.ones(shape, **kwargs)


def test_create_finds_names_in_any_case():
    assert isinstance(mx.optimizer.create('SGD', momentum=0.5), mx.optimizer.SGD)
    assert mx.optimizer.create('adam').lr == 0.001
    with pytest.raises(ValueError, match='nope'):
        mx.optimizer.create('nope')
    with pytest.raises(TypeError):
        mx.optimizer.create('sgd', speed=1)


def test_a_class_in_the_place_of_a_name_is_told():
    with pytest.raises(TypeError, match="such as 'sgd', or an Optimizer, got <class"):
        mx.optimizer.create(mx.optimizer.SGD)


def test_defaults_of_rates():
    assert mx.optimizer.SGD().lr == 0.01
    assert mx.optimizer.Ftrl().lr == 0.1
    assert mx.optimizer.Adamax().lr == 0.002
    scheduler = mx.lr_scheduler.FactorScheduler(10, base_lr=3)
    assert mx.optimizer.SGD(lr_scheduler=scheduler).learning_rate == 3
    assert mx.optimizer.SGD(learning_rate=0.1, lr_scheduler=scheduler).learning_rate == 0.1
    assert scheduler.base_lr == 0.1


def test_set_learning_rate():
    optimizer = mx.optimizer.SGD(learning_rate=0.1)
    optimizer.set_learning_rate(0.3)
    assert optimizer.learning_rate == 0.3
    optimizer = mx.optimizer.SGD(lr_scheduler=mx.lr_scheduler.FactorScheduler(1))
    with pytest.raises(UserWarning):
        optimizer.set_learning_rate(0.3)


def test_multipliers_by_name_and_index():
    names = {0: 'a_weight', 1: 'a_bias', 2: 'b_gamma', 3: 'x'}
    optimizer = mx.optimizer.SGD(param_idx2name=names, wd=0.5, learning_rate=1.0)
    assert optimizer.wd_mult == {'a_bias': 0.0, 'x': 0.0}
    assert optimizer._get_wds([0, 1, 2, 3, 4]) == [0.5, 0, 0.5, 0, 0.5]
    optimizer.set_wd_mult({'a_weight': 2, 1: 5})
    optimizer.set_lr_mult({'a_bias': 3, 0: 7})
    assert optimizer._get_wds([0, 1, 2, 3]) == [1, 2.5, 0.5, 0]
    assert optimizer._get_lrs([0, 1, 2]) == [7, 3, 1]


def test_lars_lets_no_gamma_decay():
    optimizer = mx.optimizer.LARS(param_idx2name={0: 'a_weight', 1: 'b_gamma'})
    assert optimizer.wd_mult == {'b_gamma': 0.0}


def test_multipliers_of_symbols_and_parameters():
    net = mx.sym.Variable('a_weight', lr_mult=3, wd_mult=4)
    net = mx.sym.FullyConnected(net, num_hidden=3, name='f')
    optimizer = mx.optimizer.SGD(sym=net, param_idx2name={0: 'a_weight', 1: 'f_bias'}, wd=1,
                                 learning_rate=1)
    assert optimizer.lr_mult == {'a_weight': 3}
    assert optimizer.wd_mult == {'a_weight': 4, 'f_bias': 0}

    class Parameter:
        lr_mult = 3
        wd_mult = 4
    optimizer = mx.optimizer.SGD(param_dict={0: Parameter}, wd=1, learning_rate=1)
    optimizer.set_lr_mult({0: 100})
    assert (optimizer._get_lr(0), optimizer._get_wd(0), optimizer._get_lr(1)) == (3, 4, 1)


def test_counts_are_kept_by_device():
    optimizer = mx.optimizer.SGD(begin_num_update=10)
    optimizer._update_count(0)
    optimizer._update_count([0, 1])
    assert optimizer._index_update_count == {0: 12, 1: 11}
    assert optimizer.num_update == 12
    optimizer._set_current_context(1)
    optimizer._update_count(0)
    assert optimizer._index_update_count == {0: 11}
    assert optimizer.num_update == 12


def test_multipliers_reach_the_weight():
    weight = ones(2)
    optimizer = mx.optimizer.SGD(learning_rate=0.5)
    optimizer.set_lr_mult({'w': 0.1})
    optimizer.idx2name = {0: 'w'}
    mx.optimizer.get_updater(optimizer)(0, ones(2), weight)
    np.testing.assert_allclose(weight.asnumpy(), 0.95)


def test_states_have_mxnets_forms():
    weight = ones(2, 3)
    create = mx.optimizer.create
    assert create('sgd').create_state(0, weight) is None
    assert create('sgd', momentum=0.9).create_state(0, weight).shape == (2, 3)
    assert len(create('adam').create_state(0, weight)) == 2
    assert len(create('rmsprop').create_state(0, weight)) == 1
    assert len(create('rmsprop', centered=True).create_state(0, weight)) == 3
    assert create('groupadagrad').create_state(0, weight).shape == (2, 1)
    momentum, previous = create('dcasgd').create_state(0, weight)
    assert momentum is None and previous.shape == (2, 3)


def test_a_state_that_does_not_fit_is_refused():
    with pytest.raises(ValueError, match='create_state'):
        mx.optimizer.Adam().update(0, ones(2), ones(2), None)


@pytest.mark.parametrize('name, options, master', [
    ('sgd', {}, 1), ('sgd', {'momentum': 0.9}, 1), ('nag', {'momentum': 0.9}, 1),
    ('lars', {'momentum': 0.9}, 1), ('adam', {}, 0), ('lamb', {}, 0), ('ftml', {}, 0)])
def test_multi_precision_keeps_a_copy_in_float32(name, options, master):
    half, full = ones(2, 2, dtype='float16'), ones(2, 2)
    updater = mx.optimizer.get_updater(
        mx.optimizer.create(name, multi_precision=True, learning_rate=1e-3, **options))
    alone = mx.optimizer.get_updater(mx.optimizer.create(name, learning_rate=1e-3, **options))
    for _ in range(3):
        updater(0, ones(2, 2, dtype='float16'), half)
        alone(0, ones(2, 2), full)
    copy_of = updater.states[0][master]
    assert copy_of.dtype == np.float32
    assert half.dtype == np.float16
    np.testing.assert_array_equal(copy_of.asnumpy(), full.asnumpy())
    np.testing.assert_array_equal(half.asnumpy(), full.asnumpy().astype(np.float16))


def test_half_precision_alone_is_warned_of():
    weight = ones(2, dtype='float16')
    optimizer = mx.optimizer.SGD(momentum=0.9)
    with pytest.warns(UserWarning, match='multi_precision'):
        state = optimizer.create_state_multi_precision(0, weight)
    optimizer.update_multi_precision(0, weight, ones(2, dtype='float16'), state)
    np.testing.assert_allclose(weight.asnumpy(), 0.99, rtol=1e-3)


def test_a_registered_class_is_created_by_name():
    @mx.optimizer.register
    class Backwards(mx.optimizer.Optimizer):
        def create_state(self, index, weight):
            return mx.nd.zeros_like(weight)

        def update(self, index, weight, grad, state):
            self._update_count(index)
            weight[:] -= self._get_lr(index) * grad
            state[:] = weight

    optimizer = mx.optimizer.create('backwards', learning_rate=0.5)
    assert type(optimizer) is Backwards
    updater = mx.optimizer.get_updater(optimizer)
    first, second = ones(2), ones(3)
    updater([0, 1], [ones(2), ones(3)], [first, second])
    np.testing.assert_allclose(second.asnumpy(), 0.5)
    np.testing.assert_allclose(updater.states[0].asnumpy(), 0.5)
    with pytest.warns(UserWarning, match='backwards'):
        mx.optimizer.register(type('Backwards', (mx.optimizer.Optimizer,), {}))


@pytest.mark.parametrize('name', ['sgd', 'adam', 'lars', 'ftml'])
def test_overridden_rates_count(name):
    klass = mx.optimizer.Optimizer.opt_registry[name]

    class Halved(klass):
        def _get_lr(self, index):
            return super()._get_lr(index) / 2

    class HalvedAll(klass):
        def _get_lrs(self, indices):
            return [lr / 2 for lr in super()._get_lrs(indices)]

    weights = []
    for optimizer in (Halved(learning_rate=0.5), HalvedAll(learning_rate=0.5),
                      klass(learning_rate=0.25)):
        weights.append(ones(2))
        mx.optimizer.get_updater(optimizer)(0, ones(2), weights[-1])
    for each in weights[:2]:
        np.testing.assert_array_equal(each.asnumpy(), weights[2].asnumpy())


def test_options_may_be_numpys_numbers():
    weights = []
    for kind in (float, np.float32, np.float64):
        weights.append(ones(2))
        optimizer = mx.optimizer.SGD(learning_rate=kind(0.5), momentum=kind(0.25), wd=kind(0.5),
                                     rescale_grad=kind(2), clip_gradient=kind(4))
        mx.optimizer.get_updater(optimizer)(0, ones(2), weights[-1])
    for each in weights[1:]:
        np.testing.assert_array_equal(each.asnumpy(), weights[0].asnumpy())


def test_what_is_not_overridden_is_named():
    optimizer = mx.optimizer.Optimizer()
    assert optimizer.create_state(0, ones(2)) is None
    with pytest.raises(NotImplementedError):
        optimizer.update(0, ones(2), ones(2), None)
    with pytest.raises(DeprecationWarning):
        optimizer.set_lr_scale({})


def test_pickling_leaves_parameters_behind():
    optimizer = mx.optimizer.Adam(learning_rate=0.5, param_dict={0: object()})
    optimizer._set_current_context(1)
    optimizer._update_count([3, 4])
    for other in (pickle.loads(pickle.dumps(optimizer)), copy.deepcopy(optimizer)):
        assert other.lr == 0.5 and other.param_dict == {}
        assert other._index_update_count == {3: 1, 4: 1}
        other._update_count(3)
        assert other._all_index_update_counts[1] == {3: 2, 4: 1}
    assert optimizer.param_dict != {}


def test_updates_while_recording_are_refused():
    weight = ones(2)
    weight.attach_grad()
    with mx.autograd.record():
        with pytest.raises(mx.MXNetError):
            mx.optimizer.SGD().update(0, weight, ones(2), None)


def test_test_optimizer():
    weight, optimizer = ones(2), mx.optimizer.Test(rescale_grad=2)
    state = optimizer.create_state(0, weight)
    optimizer.update(0, weight, ones(2), state)
    np.testing.assert_array_equal(weight.asnumpy(), [3, 3])
    np.testing.assert_array_equal(state.asnumpy(), [3, 3])


def test_np_arrays_are_updated_like_others():
    pytest.importorskip('gluino.numpy')
    for name in mx.optimizer.Optimizer.opt_registry:
        options = {'wd': 0.0} if name == 'groupadagrad' else {'wd': 0.1}
        if not mx.optimizer.Optimizer.opt_registry[name].__module__.startswith(
                'gluino.optimizer'):
            continue
        weights = []
        for face in (mx.nd.array, mx.np.array):
            mx.random.seed(1)
            weight = face([[1., 2.], [3., 4.]])
            updater = mx.optimizer.get_updater(mx.optimizer.create(name, **options))
            updater(0, face([[1., -1.], [0.5, 2.]]), weight)
            weights.append(weight.asnumpy())
        np.testing.assert_array_equal(*weights)
        assert not np.array_equal(weights[0], [[1, 2], [3, 4]])


def test_module_paths_of_mxnet():
    assert mx.optimizer.optimizer.SGD is mx.optimizer.SGD
    assert mx.optimizer.contrib.GroupAdaGrad is not None
    assert mx.optimizer.Optimizer.create_optimizer('nag').momentum == 0.0
    with warnings.catch_warnings():
        warnings.simplefilter('error')
        mx.optimizer.register(mx.optimizer.SGD)  # the same again


@pytest.mark.parametrize('name', ['sgd', 'nag', 'ftml', 'lbsgd', 'lamb', 'dcasgd', 'nadam'])
def test_a_bound_below_0_is_none(name):
    assert_same_steps(name, {'clip_gradient': -1.0}, {})


@pytest.mark.parametrize('name', ['sgd', 'nag', 'ftml', 'lbsgd', 'lamb', 'rmsprop'])
def test_a_bound_of_0_is_none(name):
    assert_same_steps(name, {'clip_gradient': 0.0}, {})


@pytest.mark.parametrize('name', ['adagrad', 'adadelta', 'groupadagrad'])
def test_a_bound_of_0_stops_those_that_mxnet_has_stopped_by_it(name):
    weight = stepped(name, {'clip_gradient': 0.0})
    np.testing.assert_array_equal(weight, stepped(name, {'learning_rate': 0.0,
                                                         'rescale_grad': 0.0}))


def assert_same_steps(name, *options):
    one, other = (stepped(name, each) for each in options)
    np.testing.assert_array_equal(one, other)


def stepped(name, options):
    updater = mx.optimizer.get_updater(mx.optimizer.create(name, **options))
    weight = mx.nd.array([[1., -2.], [3., 4.]])
    for _ in range(3):
        updater(0, mx.nd.array([[3., 1.], [-2., 5.]]), weight)
    return weight.asnumpy()


@pytest.mark.parametrize('options', [
    {'learning_rate': '0.1'}, {'wd': '1'}, {'rescale_grad': mx.nd.ones(1)},
    {'clip_gradient': [1]}], ids=str)
def test_an_option_that_is_no_number_is_named(options):
    updater = mx.optimizer.get_updater(mx.optimizer.SGD(**options))
    with pytest.raises(TypeError, match='expected a number, got'):
        updater(0, mx.nd.ones(2), mx.nd.ones(2))


@pytest.mark.parametrize("wd", [0.0, 0.5])
def test_signum_without_momentum_decays_the_weight(wd):
    signum = mx.optimizer.Signum(learning_rate=0.1, momentum=0.0, wd_lh=0.5, wd=wd)
    weight = mx.nd.array([1, -1])
    signum.update(0, weight, mx.nd.array([3, 2]), signum.create_state(0, weight))
    np.testing.assert_allclose(weight.asnumpy(), [0.85 - 0.1 * wd, -1.05 + 0.1 * wd], rtol=1e-6)
