"""An optimizer with its states: lists of weights, what is saved, what follows to other places."""
import base64
import inspect
import pickle
import zlib

import gluino as mx
import numpy as np
import pytest

NAMES = [('sgd', {}), ('sgd', {'momentum': 0.9}), ('nag', {'momentum': 0.9}), ('adam', {}),
         ('rmsprop', {'centered': True}), ('lamb', {}), ('lars', {'momentum': 0.9}),
         ('adagrad', {}), ('ftml', {})]


def weights_of(seed, count=7):
    draw = np.random.RandomState(seed)
    return [mx.nd.array(draw.randn(2, 3 + i)) for i in range(count)]


@pytest.mark.parametrize('name, options', NAMES, ids=str)
def test_a_list_gives_the_bits_of_single_calls(name, options):
    together = mx.optimizer.get_updater(mx.optimizer.create(name, wd=0.1, **options))
    alone = mx.optimizer.get_updater(mx.optimizer.create(name, wd=0.1, **options))
    first, second = weights_of(1), weights_of(1)
    for step in range(3):
        together(list(range(7)), weights_of(step + 2), first)
        for i, gradient in enumerate(weights_of(step + 2)):
            alone(i, gradient, second[i])
    for a, b in zip(first, second):
        np.testing.assert_array_equal(a.asnumpy(), b.asnumpy())


def test_a_list_may_mix_types():
    updater = mx.optimizer.get_updater(
        mx.optimizer.SGD(learning_rate=0.5, momentum=0.9, multi_precision=True))
    weights = [mx.nd.ones((2,)), mx.nd.ones((2,), dtype='float16'),
               mx.nd.ones((2,), dtype='float64')]
    updater([0, 1, 2], [mx.nd.ones_like(each) for each in weights], weights)
    for each in weights:
        np.testing.assert_array_equal(each.asnumpy(), [0.5, 0.5])


def test_an_optimizer_that_takes_lists_gets_them():
    seen = []

    class Lists(mx.optimizer.Optimizer):
        def __init__(self):
            super().__init__()
            self.aggregate_num = 3

        def update(self, index, weight, grad, state):
            seen.append(index)

    updater = mx.optimizer.get_updater(Lists())
    updater(list(range(7)), weights_of(0), weights_of(1))
    assert seen == [[0, 1, 2], [3, 4, 5], [6]]


def test_a_class_derived_from_adam_gets_one_weight_at_a_time():
    seen = []

    class Telling(mx.optimizer.Adam):
        def update(self, index, weight, grad, state):
            seen.append(index)
            super().update(index, weight, grad, state)

    weights = weights_of(1)
    mx.optimizer.get_updater(Telling())(list(range(7)), weights_of(0), weights)
    assert seen == list(range(7))
    assert not np.array_equal(weights[6].asnumpy(), weights_of(1)[6].asnumpy())


def test_states_go_on_elsewhere():
    first, second = mx.nd.ones((2,)), mx.nd.ones((2,))
    updater = mx.optimizer.get_updater(mx.optimizer.Adam(learning_rate=0.1))
    for step in range(4):
        if step == 2:
            saved = updater.get_states(dump_optimizer=True)
            second[:] = first
            other = mx.optimizer.get_updater(mx.optimizer.SGD())
            other.set_states(saved)
            assert isinstance(other.optimizer, mx.optimizer.Adam)
            assert not other.aggregate_updates
        updater(0, mx.nd.ones((2,)), first)
        if step >= 2:
            other(0, mx.nd.ones((2,)), second)
    np.testing.assert_array_equal(first.asnumpy(), second.asnumpy())


def test_files_that_are_not_whole_are_told(tmp_path):
    path = str(tmp_path / 'net.states')
    net = mx.gluon.nn.Dense(1, in_units=2)
    net.initialize()
    for store in (None, mx.kv.create('local')):
        trainer = mx.gluon.Trainer(net.collect_params(), 'adam', kvstore=store)
        trainer.save_states(path)
        with open(path, 'rb') as file:
            whole = file.read()
        for part in (whole[:-9], b'', pickle.dumps(3), b'no states', whole):
            with open(path, 'wb') as file:
                file.write(part)
            if part == whole:
                trainer.load_states(path)
                continue
            with pytest.raises(mx.MXNetError, match='net.states: expected the states of an opt'):
                trainer.load_states(path)


def test_states_are_a_pickle_as_in_mxnet():
    updater = mx.optimizer.get_updater(mx.optimizer.SGD(momentum=0.9))
    updater('fc_weight', mx.nd.ones((2,)), mx.nd.ones((2,)))
    states = pickle.loads(updater.get_states())
    np.testing.assert_allclose(states['fc_weight'].asnumpy(), -0.01)
    states, optimizer = pickle.loads(updater.get_states(True))
    assert optimizer.momentum == 0.9


# What an Updater of MXNet 1.9.1 gave: SGD with momentum 0.9 after one update of two weights by 1.
OF_MXNET = (
    'c${sJy-EW?5XX}k%o!6ERM5)8CTUXm0zni~1g_8rSoZGL%fjB?v3o~yk${4Vf$1{7hEL!N2wGd)Ti94=<!(O'
    'I!hvCDcW3^;nYk$6eH05*8)3Hq+tEO>v?T+o6wMbWLd88koJJFLuki#&2+KVx1Hlj+FXJNRQX{N*dCKTK@u>'
    '0mHTksCmQb2e3Uk`jsxSKw*3n98Ps8pEA15h~_>igJ2w~~8b8J+bmj>Q|nqu0gf{{?s06XpXnIhDLBHHh<AQ'
    'Ps@g_2O__iFgsx!*d6Qs3k*=uk1aQ6^G5O{E|F#2X$9xg;`+NR|XNWp*>wzt<w{5Gn-WGGK%GEAit@rW)-Yt'
    '#^xB!{$FJ*xQ4;FL*NToip>|!n%cXk|^eL&0~pUsM9c1EVOlojomUhJQy5E8Zq0Yqw~n9pT*dOHPcMoCo&<k'
    '<&VLM;>akQx=#D;$=Wll3OdXeGu&q04Ys}km%zbH')


def test_states_of_mxnet_are_read():
    updater = mx.optimizer.get_updater(mx.optimizer.Adam())
    updater.set_states(zlib.decompress(base64.b85decode(OF_MXNET)))
    assert type(updater.optimizer) is mx.optimizer.SGD
    assert updater.optimizer.momentum == 0.9
    np.testing.assert_allclose(updater.states[0].asnumpy(), -0.01)
    weight = mx.nd.ones((2,))
    updater(0, mx.nd.ones((2,)), weight)
    np.testing.assert_allclose(weight.asnumpy(), 1 - 0.019)
    assert updater.optimizer.num_update == 2


@pytest.mark.parametrize('name', [name for name in sorted(mx.optimizer.Optimizer.opt_registry)
                                  if not name.startswith('_')])
def test_an_optimizer_that_mxnet_saved_lacks_options_of_mxnet_2(name):
    given, other = mx.optimizer.create(name), mx.optimizer.create(name)
    of_mxnet_2 = {'use_fused_step'} | {
        option for option, found in inspect.signature(type(given)).parameters.items()
        if found.kind is found.KEYWORD_ONLY}
    saved = type(given).__new__(type(given))
    saved.__setstate__({key: value for key, value in other.__getstate__().items()
                        if key not in of_mxnet_2})
    weights = []
    for optimizer in (given, saved):
        mx.random.seed(1)
        weights += weights_of(2, count=1)
        mx.optimizer.get_updater(optimizer)(0, weights_of(3, count=1)[0], weights[-1])
    np.testing.assert_array_equal(weights[0].asnumpy(), weights[1].asnumpy())


def test_states_follow_their_weights():
    updater = mx.optimizer.get_updater(mx.optimizer.Adam())
    updater(0, mx.nd.ones((2,)), mx.nd.ones((2,)))
    updater.set_states(updater.get_states())
    assert updater.states_synced == {0: False}
    elsewhere = mx.nd.ones((2,), ctx=mx.cpu(1))
    updater(0, mx.nd.ones((2,), ctx=mx.cpu(1)), elsewhere)
    assert [each.context for each in updater.states[0]] == [mx.cpu(1)] * 2
    assert updater.states_synced == {0: True}
    moved = updater.sync_state_context((elsewhere, [elsewhere], None, 3), mx.cpu(2))
    assert moved[0].context == moved[1][0].context == mx.cpu(2)
    assert moved[2:] == (None, 3)


def test_nothing_to_update():
    mx.optimizer.get_updater(mx.optimizer.SGD())([], [], [])


@pytest.mark.parametrize("kind", [mx.optimizer.SGD, mx.optimizer.LARS, mx.optimizer.LAMB,
                                  mx.optimizer.NAG])
def test_an_update_of_ones_own_is_called_for_each_weight(kind):
    class Counted(kind):
        def update(self, index, weight, grad, state):
            seen.append(index + 1)
            super().update(index, weight, grad, state)

    seen = []
    arrays = [[mx.nd.ones((2,)) * (i + 1) for i in range(3)] for _ in range(2)]
    gradients = [mx.nd.ones((2,)) for _ in range(3)]
    for optimizer, weights in zip((Counted(learning_rate=0.1), kind(learning_rate=0.1)), arrays):
        update = mx.optimizer.get_updater(optimizer)
        update([0, 1, 2], gradients, weights)
        update(0, gradients[0], weights[0])
    assert seen == [1, 2, 3, 1]
    for own, given in zip(*arrays):
        assert (own.asnumpy() == given.asnumpy()).all()
