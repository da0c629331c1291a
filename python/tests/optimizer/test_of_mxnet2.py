"""AdaBelief and LANS, which MXNet 2 has besides: twenty steps beside the papers' formulas, and the
weights that MXNet 2.0.0b1 gives after them."""
import gluino as mx
import numpy as np
import pytest

BOUNDED_TWICE = {'wd': 0.1, 'rescale_grad': 0.5, 'clip_gradient': 0.2, 'epsilon': 1e-3}
BOUNDED = {'wd': 0.05, 'rescale_grad': 0.5, 'clip_gradient': 0.4, 'epsilon': 1e-3}


def size(x):
    return np.sqrt((x * x).sum())


def adabelief(w, g, s, t, lr, wd, clip, beta1=0.9, beta2=0.999, epsilon=1e-6, correct_bias=True):
    h = np.clip(g + wd * w, -clip, clip)
    s['m'] = beta1 * s.get('m', 0) + (1 - beta1) * h
    s['v'] = beta2 * s.get('v', 0) + (1 - beta2) * (h - s['m']) ** 2 + epsilon
    rate = lr * np.sqrt(1 - beta2 ** t) / (1 - beta1 ** t) if correct_bias else lr
    return w - rate * s['m'] / (np.sqrt(s['v']) + epsilon)


def lans(w, g, s, t, lr, wd, clip, beta1=0.9, beta2=0.999, epsilon=1e-6, lower_bound=0,
         upper_bound=np.inf):
    h = np.clip(g / size(g), -clip, clip)
    s['m'] = beta1 * s.get('m', 0) + (1 - beta1) * h
    s['v'] = beta2 * s.get('v', 0) + (1 - beta2) * h * h
    root = np.sqrt(s['v'] / (1 - beta2 ** t)) + epsilon
    step, along = s['m'] / (1 - beta1 ** t) / root + wd * w, h / root + wd * w
    rate = lr * np.clip(size(w), lower_bound, upper_bound)
    return w - rate * (beta1 * step / size(step) + (1 - beta1) * along / size(along))


CASES = [
    (adabelief, {}, [1.78671, 0.493759, 0.314144, -1.21844, 0.705855, 0.0229823]),
    (adabelief, {'correct_bias': False, **BOUNDED},
     [1.32485, 1.34657, -0.00721014, -0.539385, 1.91723, -0.353968]),
    (lans, {}, [2.39335, 0.496492, 0.348831, -1.77777, 2.49314, 0.355684]),
    (lans, {'beta1': 0.8, 'lower_bound': 0.5, 'upper_bound': 1.5, **BOUNDED},
     [1.67856, 0.502117, 0.143631, -1.61376, 0.964321, -0.0878582]),
]


@pytest.mark.parametrize('dtype', ['float32', 'float64', 'float16'])
@pytest.mark.parametrize('formula, options, of_mxnet', CASES)
def test_twenty_steps(formula, options, of_mxnet, dtype):
    draw = np.random.RandomState(3)
    expected = draw.randn(2, 3).astype(dtype).astype('float64')
    weight = mx.np.array(expected, dtype=dtype)
    optimizer = mx.optimizer.create(formula.__name__, learning_rate=0.1, multi_precision=True,
                                    **options)
    updater = mx.optimizer.get_updater(optimizer)
    own = dict(options)
    wd, scale, clip = (own.pop(name, default) for name, default in
                       [('wd', 0), ('rescale_grad', 1), ('clip_gradient', np.inf)])
    kept = {}
    for t in range(1, 21):
        gradient = (draw.randn(2, 3) * 2).astype(dtype)
        updater(0, mx.np.array(gradient, dtype=dtype), weight)
        expected = formula(expected, scale * gradient.astype('float64'), kept, t, 0.1, wd, clip,
                           **own)
    tolerance = {'float16': 2e-3, 'float32': 1e-4, 'float64': 1e-11}[dtype]
    np.testing.assert_allclose(weight.asnumpy(), expected, rtol=tolerance, atol=tolerance)
    if dtype == 'float32':
        np.testing.assert_allclose(weight.asnumpy().ravel(), of_mxnet, rtol=2e-4, atol=2e-5)


def test_steps_of_lists():
    def arrays():
        return [[mx.nd.ones(2) * (i + 1), mx.nd.ones(3) * (i + 2)] for i in range(4)]
    contrib = mx.nd.contrib
    weights, grads, means, variances = many = arrays()
    contrib.multi_adabelief_update(*many, mx.nd.ones(1), lrs=[1, 1], wds=[0, 0.1],
                                   etas=[0.1, 0.2], out=weights)
    one = [each[1] for each in arrays()]
    updated = contrib.adabelief_update(*one, 1., lr=1, wd=0.1, eta=0.2)
    np.testing.assert_array_equal(weights[1].asnumpy(), updated.asnumpy())
    half = [[a.astype('float16') for a in each] for each in (weights, grads)]
    masters = [a.copy() for a in weights]
    contrib.multi_mp_adabelief_update(*half, means, variances, masters, mx.nd.ones(1), lrs=[1, 1],
                                      wds=[0, 0], etas=[0.1, 0.1], out=half[0])
    np.testing.assert_allclose(half[0][0].asnumpy(), masters[0].asnumpy(), rtol=1e-3)
    contrib.multi_mp_lans_update(*half, means, variances, masters, [1, 2], [.1, .1], [0, 0],
                                 out=half[0])
    np.testing.assert_allclose(half[0][1].asnumpy(), masters[1].asnumpy(), rtol=1e-3)
    contrib.multi_lans_update(weights, grads, means, variances, [1, 2], [.1, .1], [0, 0],
                              out=weights)
    assert all(np.isfinite(w.asnumpy()).all() for w in weights)
    alone = contrib.mp_adabelief_update(half[0][0], half[1][0], means[0], variances[0], masters[0],
                                        1., lr=1, eta=0.1, out=half[0][0])
    assert alone is half[0][0]


class Heavy(mx.optimizer.Optimizer):
    """Written for MXNet 2: by lists, with arrays of mx.nd."""

    def create_state(self, index, weight):
        return mx.nd.zeros(weight.shape, ctx=weight.context)

    def step(self, indices, weights, grads, states):
        self._update_count(indices)
        for weight, grad, state, lr in zip(weights, grads, states, self._get_lrs(indices)):
            state[:] = 0.5 * state + grad
            weight[:] -= lr * state


class Fused(Heavy):
    def __init__(self, use_fused_step=True, **kwargs):
        super().__init__(use_fused_step=use_fused_step, **kwargs)

    def fused_step(self, indices, weights, grads, states):
        for weight, grad in zip(weights, grads):
            weight[:] -= grad


@pytest.mark.parametrize('face', [mx.nd.array, mx.np.array])
def test_optimizers_with_a_step_of_their_own(face):
    for optimizer, expected in [(Heavy(learning_rate=0.5), [0.5, 1.75]),
                                (Fused(), [0, 1.5]),
                                (Fused(use_fused_step=False, learning_rate=1.), [0., 1.5])]:
        weight = face([1., 2.])
        mx.optimizer.get_updater(optimizer)(0, face([1., 0.5]), weight)
        assert weight.asnumpy().tolist() == expected
        assert isinstance(weight, type(face([1.])))


def test_arrays_of_mx_np_come_as_arrays_of_mx_nd_unless_asked_for():
    seen = []

    class Looks(mx.optimizer.Optimizer):
        def create_state(self, index, weight):
            seen.append(type(weight))

        def update(self, index, weight, grad, state):
            seen.extend([type(weight), type(grad)])

    for allowed, expected in [(False, mx.nd.NDArray), (True, mx.np.ndarray)]:
        optimizer = Looks()
        optimizer.allow_np_array = allowed
        mx.optimizer.get_updater(optimizer)(0, mx.np.ones(2), mx.np.ones(2))
        assert [each is expected for each in seen] == [True] * 3
        seen.clear()


def test_options_of_mxnet_2():
    def weight_after(name, **options):
        weight = mx.nd.array([1., 2.])
        updater = mx.optimizer.get_updater(mx.optimizer.create(name, learning_rate=0.1, **options))
        for _ in range(3):
            updater(0, mx.nd.array([0.5, -1.]), weight)
        return weight.asnumpy().tolist()

    assert weight_after('rmsprop', rho=0.8, momentum=0.5, centered=True, use_fused_step=False) == \
        weight_after('rmsprop', gamma1=0.8, gamma2=0.5, centered=True)
    assert weight_after('lars', epsilon=0.5, momentum=0.9) == \
        weight_after('lars', eps=0.5, momentum=0.9)
    assert mx.optimizer.SGD(aggregate_num=7, use_fused_step=True).aggregate_num == 7
    assert mx.optimizer.SGD().aggregate_num == mx.optimizer.LAMB().aggregate_num == 4
    assert mx.optimizer.AdamW(aggregate_num=7).aggregate_num == 0  # one at a time


# The weights that MXNet 2.0.0b1 has after three steps.
@pytest.mark.parametrize('name, options, of_mxnet', [
    ('adagrad', {'epsilon': 1e-3}, [0.99736243, -0.52278364, 2.0228355]),
    ('adagrad', {'epsilon': 1e-3, 'wd': 0.1}, [0.97741872, -0.52273875, 2.0228298]),
    ('adagrad', BOUNDED_TWICE, [0.97741890, -0.52258098, 2.0]),
    ('adamax', {'epsilon': 1e-3}, [0.99945462, -0.50598007, 2.0059967]),
    ('adamax', {'epsilon': 1e-3, 'wd': 0.1}, [0.99405968, -0.50597829, 2.0059969]),
    ('adamax', BOUNDED_TWICE, [0.99405974, -0.50594020, 2.0])])
@pytest.mark.parametrize('several', [False, True])
def test_epsilon_of_mxnet2(name, options, of_mxnet, several):
    step = mx.optimizer.create(name, **options)
    weight, grad = mx.nd.array([1, -0.5, 2]), mx.nd.array([1e-4, 0.3, -2])
    state = step.create_state_multi_precision(0, weight)
    for _ in range(3):
        if several:
            step.update_multi_precision([0], [weight], [grad], [state])
        else:
            step.update_multi_precision(0, weight, grad, state)
    np.testing.assert_allclose(weight.asnumpy(), of_mxnet, rtol=2e-6)
