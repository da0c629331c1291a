"""Trainers: steps, stores, stale gradients, states."""
import numpy as np
import pytest

import gluino as mx
from gluino import autograd, gluon, nd
from gluino.gluon import nn

TWO = [mx.cpu(0), mx.cpu(1)]


def network(ctx=None):
    net = nn.Dense(1, in_units=2, use_bias=False, weight_initializer='ones')
    net.initialize(ctx=ctx)
    return net


def backward(net, ctx=None):
    """The gradient is 1 at each device."""
    with autograd.record():
        losses = [net(nd.ones((1, 2), ctx=place)).sum() for place in ctx or [mx.cpu()]]
    for loss in losses:
        loss.backward()


def weights(net):
    return [array.asnumpy().ravel().tolist() for array in net.weight.list_data()]


def test_what_it_takes():
    net = network()
    for wrong in (net, 'a', [1]):
        with pytest.raises(ValueError, match='parameters'):
            gluon.Trainer(wrong, 'sgd')
    with pytest.raises(ValueError):
        gluon.Trainer(net.collect_params(), 'nonsense')
    with pytest.raises(AssertionError):
        gluon.Trainer(net.collect_params(), mx.optimizer.SGD(), {'learning_rate': 1})
    with pytest.raises(RuntimeError):
        gluon.Trainer(nn.Dense(1, in_units=1).collect_params(), 'sgd')
    params = net.collect_params()
    params.update(network(mx.cpu(2)).collect_params())
    with pytest.raises(AssertionError, match='same devices'):
        gluon.Trainer(params, 'sgd')


@pytest.mark.parametrize('kind', [lambda p: p, lambda p: dict(p.items()),
                                  lambda p: list(p.values())])
@pytest.mark.parametrize('kvstore', ['device', 'local', None])
def test_step_on_one_device(kind, kvstore):
    net = network()
    trainer = gluon.Trainer(kind(net.collect_params()), 'sgd', {'learning_rate': 0.5},
                            kvstore=kvstore)
    backward(net)
    trainer.step(2)
    assert weights(net) == [[0.75, 0.75]]
    assert trainer._kvstore is None


@pytest.mark.parametrize('update_on_kvstore', [None, True, False])
@pytest.mark.parametrize('kvstore', ['device', 'local'])
def test_gradients_of_all_devices_are_summed(kvstore, update_on_kvstore):
    net = network(TWO)
    trainer = gluon.Trainer(net.collect_params(), 'sgd', {'learning_rate': 0.5}, kvstore=kvstore,
                            update_on_kvstore=update_on_kvstore)
    backward(net, TWO)
    trainer.step(4)
    assert weights(net) == [[0.75, 0.75]] * 2


def test_step_in_two_halves():
    net = network(TWO)
    trainer = gluon.Trainer(net.collect_params(), 'sgd', {'learning_rate': 0.5},
                            update_on_kvstore=False)
    backward(net, TWO)
    trainer.allreduce_grads()
    assert [grad.asnumpy().tolist() for grad in net.weight.list_grad()] == [[[2, 2]]] * 2
    trainer.update(4)
    assert weights(net) == [[0.75, 0.75]] * 2
    in_store = gluon.Trainer(net.collect_params(), 'sgd', update_on_kvstore=True)
    for half in (in_store.allreduce_grads, lambda: in_store.update(1)):
        with pytest.raises(AssertionError, match='update_on_kvstore'):
            half()


@pytest.mark.parametrize('update_on_kvstore', [True, False])
def test_stale_gradients(update_on_kvstore):
    net = network(TWO)
    trainer = gluon.Trainer(net.collect_params(), 'sgd', {'learning_rate': 0.5},
                            update_on_kvstore=update_on_kvstore)
    with pytest.raises(UserWarning, match='backward'):
        trainer.step(1)
    backward(net, TWO[:1])
    with pytest.raises(UserWarning, match=r'cpu\(1\)'):
        trainer.step(1)
    trainer.step(1, ignore_stale_grad=True)
    assert weights(net) == [[0.5, 0.5]] * 2
    trainer.step(1, ignore_stale_grad=True)
    assert weights(net) == [[0.5, 0.5]] * 2


@pytest.mark.parametrize('update_on_kvstore', [True, False])
def test_gradients_written_by_hand_are_fresh_where_one_says_so(update_on_kvstore):
    # What xfer's Leap does: a sum of other networks' gradients, and a step.
    net = network()
    trainer = gluon.Trainer(net.collect_params(), 'sgd', {'learning_rate': 0.5},
                            update_on_kvstore=update_on_kvstore)
    weight = net.weight.data()
    weight.grad[:] = 1
    weight._fresh_grad = True
    assert weight._fresh_grad
    trainer.step(1)
    assert weights(net) == [[0.5, 0.5]] and not weight._fresh_grad
    with pytest.raises(mx.MXNetError, match='attach_grad'):
        mx.nd.ones(2)._fresh_grad = True


def test_parameters_without_gradient_stay():
    net = network()
    net.weight.grad_req = 'null'
    trainer = gluon.Trainer(net.collect_params(), 'sgd', {'learning_rate': 0.5})
    trainer.step(1)
    assert weights(net) == [[1, 1]]


def test_learning_rates():
    net = network()
    trainer = gluon.Trainer(net.collect_params(), 'sgd', {'learning_rate': 0.5})
    trainer.set_learning_rate(0.25)
    assert trainer.learning_rate == 0.25
    net.weight.lr_mult = 2.0
    backward(net)
    trainer.step(1)
    assert weights(net) == [[0.5, 0.5]]
    scheduled = gluon.Trainer(net.collect_params(), mx.optimizer.SGD(
        learning_rate=1, lr_scheduler=mx.lr_scheduler.FactorScheduler(1, 0.5, base_lr=1)))
    for _ in range(3):
        backward(net)
        scheduled.step(1)
    assert scheduled.learning_rate == 0.25
    with pytest.raises(UserWarning):
        scheduled.set_learning_rate(0.3)


@pytest.mark.parametrize('ctx, update_on_kvstore', [([mx.cpu(0)], None), (TWO, True), (TWO, False)])
def test_states_go_on(ctx, update_on_kvstore, tmp_path):
    path = str(tmp_path / 'trainer.states')

    def made(net):
        return gluon.Trainer(net.collect_params(), 'adam', {'learning_rate': 0.1},
                             update_on_kvstore=update_on_kvstore)

    net, other = network(ctx), network(ctx)
    trainer = made(net)
    for _ in range(3):
        backward(net, ctx)
        trainer.step(1)
    trainer.save_states(path)
    other.weight.set_data(net.weight.data(mx.cpu(0)))
    second = made(other)
    second.load_states(path)
    for each, its in ((net, trainer), (other, second)):
        backward(each, ctx)
        its.step(1)
    assert weights(net) == weights(other)
    other.weight.lr_mult = 2.0
    assert second.optimizer._get_lr(0) == 0.2
    with pytest.raises(FileNotFoundError):
        second.load_states(str(tmp_path / 'nowhere'))


def test_loaded_parameters_reach_the_store(tmp_path):
    path = str(tmp_path / 'net.params')
    net = network(TWO)
    net.save_parameters(path)
    trainer = gluon.Trainer(net.collect_params(), 'sgd', {'learning_rate': 0.5})
    backward(net, TWO)
    trainer.step(1)
    assert weights(net) == [[0, 0]] * 2
    net.load_parameters(path)
    assert trainer._kvstore is None and not trainer._kv_initialized
    backward(net, TWO)
    trainer.step(1)
    assert weights(net) == [[0, 0]] * 2


def test_parameters_that_wait_for_the_first_forward():
    net = nn.Dense(1, use_bias=False, weight_initializer='ones')
    net.initialize(ctx=TWO)
    trainer = gluon.Trainer(net.collect_params(), 'sgd', {'learning_rate': 0.5})
    backward(net, TWO)
    trainer.step(2)
    assert weights(net) == [[0.5, 0.5]] * 2


@pytest.mark.parametrize('hybrid', [False, True])
def test_training_finds_a_line(hybrid):
    mx.random.seed(1)
    net = nn.Dense(1)
    net.initialize()
    net.hybridize(hybrid)
    trainer = gluon.Trainer(net.collect_params(), 'sgd', {'learning_rate': 0.1, 'momentum': 0.5})
    x = nd.array(np.random.RandomState(2).uniform(-1, 1, (32, 2)))
    y = (x * nd.array([[3, -2]])).sum(axis=1, keepdims=True) + 1
    for _ in range(200):
        with autograd.record():
            loss = ((net(x) - y) ** 2).sum()
        loss.backward()
        trainer.step(32)
    np.testing.assert_allclose(net.weight.data().asnumpy(), [[3, -2]], atol=1e-2)
    np.testing.assert_allclose(net.bias.data().asnumpy(), [1], atol=1e-2)
