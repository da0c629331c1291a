"""Steps against the formulas in double precision."""
import gluino as mx
import numpy as np
import pytest


def sgd(w, g, s, t, lr, wd):
    return w - lr * (g + wd * w)


def momentum(w, g, s, t, lr, wd):
    s['m'] = 0.9 * s.get('m', 0) - lr * (g + wd * w)
    return w + s['m']


def nag(w, g, s, t, lr, wd):
    h, m = g + wd * w, s.get('m', 0)
    new = w + 0.9 * (0.9 * m - lr * h) - lr * h
    s['m'] = 0.9 * m - lr * (g + wd * new)
    return new


def adam(w, g, s, t, lr, wd):
    h = g + wd * w
    s['m'] = 0.9 * s.get('m', 0) + 0.1 * h
    s['v'] = 0.999 * s.get('v', 0) + 0.001 * h * h
    correction = np.sqrt(1 - 0.999 ** t) / (1 - 0.9 ** t)
    return w - lr * correction * s['m'] / (np.sqrt(s['v']) + 1e-8)


def adamw(w, g, s, t, lr, wd):
    s['m'] = 0.9 * s.get('m', 0) + 0.1 * g
    s['v'] = 0.999 * s.get('v', 0) + 0.001 * g * g
    correction = np.sqrt(1 - 0.999 ** t) / (1 - 0.9 ** t)
    return w - lr * correction * s['m'] / (np.sqrt(s['v']) + 1e-6) - lr * wd * w


def adagrad(w, g, s, t, lr, wd):
    s['h'] = s.get('h', 0) + g * g
    return w - lr * (g / np.sqrt(s['h'] + 1e-7) + wd * w)


def rmsprop(w, g, s, t, lr, wd):
    h = g + wd * w
    s['n'] = 0.9 * s.get('n', 0) + 0.1 * h * h
    return w - lr * h / np.sqrt(s['n'] + 1e-8)


def ftml(w, g, s, t, lr, wd):
    h = g + wd * w
    s['v'] = 0.999 * s.get('v', 0) + 0.001 * h * h
    d = (1 - 0.6 ** t) / lr * (np.sqrt(s['v'] / (1 - 0.999 ** t)) + 1e-8)
    s['z'] = 0.6 * s.get('z', 0) + 0.4 * h - (d - 0.6 * s.get('d', 0)) * w
    s['d'] = d
    return -s['z'] / d


def lamb(w, g, s, t, lr, wd):
    s['m'] = 0.9 * s.get('m', 0) + 0.1 * g
    s['v'] = 0.999 * s.get('v', 0) + 0.001 * g * g
    step = (s['m'] / (1 - 0.9 ** t)) / (np.sqrt(s['v'] / (1 - 0.999 ** t)) + 1e-6) + wd * w
    return w - lr * np.linalg.norm(w) / np.linalg.norm(step) * step


def dcasgd(w, g, s, t, lr, wd):
    before = s.get('w', w)
    s['m'] = 0.9 * s.get('m', 0) - lr * (g + wd * w + 0.04 * g * g * (w - before))
    s['w'] = w
    return w + s['m']


FORMULAS = [
    ('sgd', {}, sgd), ('sgd', {'momentum': 0.9}, momentum), ('nag', {'momentum': 0.9}, nag),
    ('adam', {}, adam), ('adamw', {}, adamw), ('adagrad', {}, adagrad), ('rmsprop', {}, rmsprop),
    ('ftml', {}, ftml), ('lamb', {}, lamb), ('dcasgd', {'momentum': 0.9}, dcasgd),
]


@pytest.mark.parametrize('dtype, tolerance', [('float32', 1e-5), ('float64', 1e-12)])
@pytest.mark.parametrize('name, options, formula', FORMULAS,
                         ids=lambda it: it if isinstance(it, str) else None)
def test_follows_its_formula(name, options, formula, dtype, tolerance):
    draw = np.random.RandomState(5)
    expected = draw.randn(4, 3)
    weight = mx.nd.array(expected, dtype=dtype)
    optimizer = mx.optimizer.create(name, learning_rate=0.05, wd=0.02, rescale_grad=0.5,
                                    clip_gradient=0.8, **options)
    state = optimizer.create_state(0, weight)
    kept = {}
    for t in range(1, 7):
        gradient = draw.randn(4, 3) * 2
        optimizer.update(0, weight, mx.nd.array(gradient, dtype=dtype), state)
        bounded = np.clip(gradient * 0.5, -0.8, 0.8)
        if formula in (adam, rmsprop, ftml):  # bound the sum with the decay
            bounded = np.clip(gradient * 0.5 + 0.02 * expected, -0.8, 0.8) - 0.02 * expected
        expected = formula(expected, bounded, kept, t, 0.05, 0.02)
        np.testing.assert_allclose(weight.asnumpy(), expected, rtol=tolerance, atol=tolerance)
