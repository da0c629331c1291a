"""Rates by the number of updates."""
import math
import pickle

import gluino as mx
import pytest

scheduler = mx.lr_scheduler


def rates(of, updates):
    return [of(i) for i in updates]


def test_factor():
    factor = scheduler.FactorScheduler(3, 0.5, base_lr=1)
    assert rates(factor, range(9)) == [1, 1, 1, 1, 0.5, 0.5, 0.5, 0.25, 0.25]
    assert factor.base_lr == 0.25 and factor.count == 6
    # A jump, as when training is taken up again.
    assert scheduler.FactorScheduler(3, 0.5, base_lr=1)(10) == 0.125


def test_factor_stops(caplog):
    factor = scheduler.FactorScheduler(1, 0.1, stop_factor_lr=1e-4)
    with caplog.at_level('INFO'):
        assert rates(factor, range(6))[-1] == 1e-4
    assert 'Update[2]: Change learning rate to 1.00000e-03' in caplog.text
    assert 'Update[5]: the learning rate stays at 1.00000e-04' in caplog.text


def test_multi_factor():
    factor = scheduler.MultiFactorScheduler([3, 5], 0.5, base_lr=1)
    assert rates(factor, range(8)) == [1, 1, 1, 1, 0.5, 0.5, 0.25, 0.25]


def test_poly():
    poly = scheduler.PolyScheduler(10, base_lr=1, pwr=1, final_lr=0.5, warmup_steps=2)
    assert rates(poly, (0, 1, 2, 6, 10, 20)) == [0, 0.5, 1, 0.75, 0.5, 0.5]
    assert scheduler.PolyScheduler(4, base_lr=1)(2) == 0.25


def test_cosine():
    cosine = scheduler.CosineScheduler(8, base_lr=1, final_lr=0.5)
    assert rates(cosine, (0, 4, 8, 9)) == pytest.approx([1, 0.75, 0.5, 0.5])
    assert cosine(2) == pytest.approx(0.5 + 0.5 * (1 + math.cos(math.pi / 4)) / 2)


def test_warm_up():
    linear = scheduler.FactorScheduler(100, base_lr=1, warmup_steps=4, warmup_begin_lr=0.2)
    assert rates(linear, range(5)) == pytest.approx([0.2, 0.4, 0.6, 0.8, 1])
    constant = scheduler.FactorScheduler(100, base_lr=1, warmup_steps=2, warmup_begin_lr=0.2,
                                         warmup_mode='constant')
    assert rates(constant, range(4)) == [0.2, 0.2, 1, 1]
    with pytest.raises(AssertionError):
        linear.get_warmup_lr(4)


@pytest.mark.parametrize('make', [
    lambda: scheduler.FactorScheduler(0), lambda: scheduler.FactorScheduler(1, 2),
    lambda: scheduler.MultiFactorScheduler([3, 2]), lambda: scheduler.MultiFactorScheduler([0]),
    lambda: scheduler.PolyScheduler(0), lambda: scheduler.CosineScheduler(0),
    lambda: scheduler.LRScheduler(0.1, -1), lambda: scheduler.LRScheduler(0.1, 1, 0.5),
    lambda: scheduler.LRScheduler(0.1, 1, 0.05, 'sudden')])
def test_wrong_numbers_are_refused(make):
    with pytest.raises(ValueError):
        make()


def test_other_types_are_refused():
    for make in (lambda: scheduler.MultiFactorScheduler(3), lambda: scheduler.PolyScheduler(1.5),
                 lambda: scheduler.LRScheduler(0.1, 1.5)):
        with pytest.raises(AssertionError):
            make()
    with pytest.raises(NotImplementedError):
        scheduler.LRScheduler()(1)


def test_a_schedule_decides_on_the_steps():
    weight = mx.nd.ones((1,))
    optimizer = mx.optimizer.SGD(lr_scheduler=scheduler.FactorScheduler(1, 0.5, base_lr=1))
    updater = mx.optimizer.get_updater(optimizer)
    seen = []
    for _ in range(4):
        before = weight.asscalar()
        updater(0, mx.nd.ones((1,)), weight)
        seen.append(float(before - weight.asscalar()))
    assert seen == [1, 0.5, 0.25, 0.125]
    assert optimizer.learning_rate == 0.125


def test_a_scheduler_pickles():
    factor = scheduler.FactorScheduler(2, 0.5, base_lr=1)
    factor(3)
    assert pickle.loads(pickle.dumps(factor))(5) == 0.25
