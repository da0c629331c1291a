"""Distributions: densities, moments, draws, gradients and divergences, all by one table."""
import numpy
import pytest

import gluino as mx
from gluino import autograd, gluon, np
from gluino.gluon import probability as mgp

INF, NAN = float('inf'), float('nan')

# Parameters; a value; there the logarithm of the density, and the cdf; mean, variance, entropy:
# what scipy.stats says. None where there is no closed form.
TABLE = {
    'Normal': ({'loc': 1.0, 'scale': 2.0}, 0.3, -1.673335714, 0.3631693488, 1, 4, 2.112085714),
    'Laplace': ({'loc': 1.0, 'scale': 2.0}, 0.3, -1.736294361, 0.3523440449, 1, 8, 2.386294361),
    'Cauchy': ({'loc': 1.0, 'scale': 2.0}, 0.3, -1.953435407, 0.3928330766, NAN, NAN, 3.224171428),
    'Gumbel': ({'loc': 1.0, 'scale': 2.0}, 0.3, -1.762214729, 0.2419395086, 2.15443133,
               6.579736267, 2.270362845),
    'Uniform': ({'low': -1.0, 'high': 2.0}, 0.3, -1.098612289, 0.4333333333, 0.5, 0.75,
                1.098612289),
    'Exponential': ({'scale': 2.0}, 0.3, -0.8431471806, 0.1392920236, 2, 4, 1.693147181),
    'HalfNormal': ({'scale': 2.0}, 0.3, -0.9301885332, 0.1192353847, 1.595769122, 1.453520911,
                   1.418938533),
    'HalfCauchy': ({'scale': 2.0}, 0.3, -1.166980495, 0.09478628455, INF, INF, 2.531024247),
    'Gamma': ({'shape': 2.5, 'scale': 2.0}, 0.3, -3.973510028, None, 5, 10, 2.42309509),
    'Beta': ({'alpha': 2.0, 'beta': 1.7}, 0.3, 0.0702347589, None, 0.5405405405, 0.05284180097,
             -0.1084868547),
    'Chi2': ({'df': 5.0}, 0.3, -3.973510028, None, 5, 10, 2.42309509),
    'FisherSnedecor': ({'df1': 3.0, 'df2': 7.0}, 0.3, -0.3798337792, None, 1.4, 3.484444444, None),
    'StudentT': ({'df': 5.0, 'loc': 1.0, 'scale': 2.0}, 0.3, -1.734380836, None, 1, 6.666666667,
                 2.320649853),
    'Pareto': ({'alpha': 3.0, 'scale': 0.2}, 0.3, 1.086189769, 0.7037037037, 0.3, 0.03,
               -1.374716868),
    'Weibull': ({'concentration': 3.0, 'scale': 2.0}, 0.3, -3.392149862, 0.003369311089,
                1.785959023, 0.4213315395, 0.9793453352),
    'Poisson': ({'rate': 3.0}, 2.0, -1.495922603, None, 3, 3, None),
    'Geometric': ({'prob': 0.3}, 2.0, -1.917322692, None, 2.333333333, 7.777777778, 2.03621434),
    'NegativeBinomial': ({'n': 5.0, 'prob': 0.3}, 2.0, -1.483270127, None, 2.142857143, 3.06122449,
                         None),
    'Binomial': ({'n': 5, 'prob': 0.3}, 2.0, -1.175385347, None, 1.5, 1.05, None),
    'Bernoulli': ({'prob': 0.3}, 1.0, -1.203972804, None, 0.3, 0.21, 0.6108643021),
}
NAMES = list(TABLE)


def array(value, dtype='float64'):
    return np.array(value, dtype=dtype)


def made(name, count=2, dtype='float64'):
    """The distribution of the table, as a batch of equal ones."""
    return getattr(mgp, name)(**{key: array([value] * count, dtype) if isinstance(value, float)
                                 else value for key, value in TABLE[name][0].items()})


def close(actual, expected, rtol=1e-8, atol=1e-9):
    actual = actual.asnumpy() if isinstance(actual, np.ndarray) else actual
    expected = expected.asnumpy() if isinstance(expected, np.ndarray) else expected
    numpy.testing.assert_allclose(actual, expected, rtol=rtol, atol=atol)


@pytest.mark.parametrize('name', NAMES)
def test_densities_and_moments(name):
    _, x, log_density, below, mean, variance, entropy = TABLE[name]
    for d, value in ((made(name), array([x, x])), (getattr(mgp, name)(**TABLE[name][0]), x)):
        close(d.log_prob(value), log_density, 1e-6)
        close(d.pdf(value), numpy.exp(log_density), 1e-6)
        close(d.mean, mean, 1e-6)
        close(d.variance, variance, 1e-6)
        close(d.stddev, numpy.sqrt(variance), 1e-6)
        for method, wanted in ((lambda d=d, x=value: d.cdf(x), below), (d.entropy, entropy)):
            if wanted is None:
                with pytest.raises(NotImplementedError, match=name):
                    method()
            else:
                close(method(), wanted, 1e-6)
        if entropy is not None:
            close(d.perplexity(), numpy.exp(entropy), 1e-6)
        if below is not None:
            close(d.icdf(d.cdf(value)), x, 1e-6)


@pytest.mark.parametrize('name', NAMES)
def test_densities_at_nan_are_nan(name):
    for d in (made(name, 1), getattr(mgp, name)(**TABLE[name][0])):
        inside = TABLE[name][1]
        close(d.log_prob(array([NAN, inside])), [NAN, TABLE[name][2]], 1e-6)
        close(d.log_prob(NAN), NAN)


@pytest.mark.parametrize('name', NAMES)
def test_whole_numbers_are_values(name):
    d = made(name, 1)
    close(d.log_prob(array([-3, 0, 1, 2], 'int32')), d.log_prob(array([-3.0, 0.0, 1.0, 2.0])), 1e-6)


@pytest.mark.parametrize('name', [name for name in NAMES if numpy.isfinite(TABLE[name][4])])
def test_gradients_of_moments(name):
    given = {key: array([value]) for key, value in TABLE[name][0].items()
             if isinstance(value, float)}

    def moments(**parameters):
        d = getattr(mgp, name)(**{**TABLE[name][0], **parameters})
        return d.mean + 3 * d.variance

    for parameter in given.values():
        parameter.attach_grad()
    with autograd.record():
        both = moments(**given)
    both.backward()
    for key, parameter in given.items():
        ends = [moments(**{**given, key: parameter + step}) for step in (1e-6, -1e-6)]
        close(parameter.grad, (ends[0] - ends[1]) / 2e-6, 1e-6, 1e-7)


@pytest.mark.parametrize('name', NAMES)
def test_draws(name):
    _, _, _, below, mean, variance, _ = TABLE[name]
    d = made(name, dtype='float32')
    draws, count = d.sample_n(20000), 40000
    d.support.check(draws)
    if numpy.isfinite(variance):
        close(draws.mean(), mean, 0, 5 * numpy.sqrt(variance / count))
    if below is not None:  # What the cdf makes of draws is uniform.
        places = numpy.sort(d.cdf(draws).asnumpy().ravel())
        assert abs(places - numpy.arange(count) / count).max() < 1.95 / numpy.sqrt(count)
    assert draws.shape == (20000, 2) and d.sample_n((3, 4)).shape == (3, 4, 2)
    assert d.sample().shape == (2,) and d.sample((5, 2)).shape == (5, 2)
    wide = d.broadcast_to((3, 2))
    assert type(wide) is type(d) and wide.sample().shape == (3, 2)
    assert getattr(mgp, name)(**TABLE[name][0]).sample((3,)).shape == (3,)
    first, second = d.sample((1000, 2)).T
    assert (first != second).any()  # draws of a batch have noise of their own


@pytest.mark.parametrize('name', NAMES)
def test_another_device_and_numbers(name):
    """What is computed stays at the device of the one parameter that is an array."""
    given = dict(TABLE[name][0])
    for key in [key for key, value in given.items() if isinstance(value, float)]:
        d = getattr(mgp, name)(**{**given, key: np.array([given[key]] * 2, ctx=mx.cpu(1))})
        wide = d.broadcast_to((3, 2))
        for drawn in (d.sample(), d.sample_n(3), wide.sample()):
            assert drawn.ctx == mx.cpu(1) and d.log_prob(drawn).ctx == mx.cpu(1)
            assert ((d.mean - drawn).ctx, (d.variance - drawn).ctx) == (mx.cpu(1), mx.cpu(1))


@pytest.mark.parametrize('name', [name for name in NAMES if made(name).has_grad])
def test_gradients_go_through_draws(name):
    given = {key: array([value]) for key, value in TABLE[name][0].items()}

    def mean_draw(**parameters):
        mx.random.seed(3)
        return np.tanh(getattr(mgp, name)(**parameters).sample_n(50)).mean()

    for parameter in given.values():
        parameter.attach_grad()
    with autograd.record():
        mean = mean_draw(**given)
    mean.backward()
    for key, parameter in given.items():
        ends = [mean_draw(**{**given, key: parameter + step}) for step in (1e-5, -1e-5)]
        close(parameter.grad, (ends[0] - ends[1]).item() / 2e-5, 1e-5, 1e-7)


@pytest.mark.parametrize('name, value, changed', [
    *((name, TABLE[name][1], {}) for name in NAMES), ('Beta', 0.3, {'alpha': 1.0, 'beta': 1.0}),
    ('Gamma', 0.3, {'shape': 1.0}), ('Poisson', 0.0, {}), ('Geometric', 0.0, {}),
    ('Bernoulli', 0.0, {}), ('Binomial', 0.0, {}), ('Binomial', 5.0, {})])
def test_gradients_of_densities(name, value, changed):
    """Those of parameters are differences, also where a factor of a logarithm is 0."""
    given = {key: array([number]) for key, number in {**TABLE[name][0], **changed}.items()
             if isinstance(number, float)}

    def score(**parameters):
        return getattr(mgp, name)(**{**TABLE[name][0], **parameters}).log_prob(array([value]))

    for parameter in given.values():
        parameter.attach_grad()
    with autograd.record():
        density = score(**given)
    density.backward()
    for key, parameter in given.items():
        ends = [score(**{**given, key: parameter + step}) for step in (1e-6, -1e-6)]
        close(parameter.grad, (ends[0] - ends[1]) / 2e-6, 1e-6, 1e-8)


@pytest.mark.parametrize('name', NAMES)
def test_in_blocks(name):
    """Results and gradients are the same whether a block is hybridized or not."""
    keys = [key for key, value in TABLE[name][0].items() if isinstance(value, float)]

    class Score(gluon.HybridBlock):
        def forward(self, value, *parameters):
            d = getattr(mgp, name)(**{**TABLE[name][0], **dict(zip(keys, parameters))})
            return d.log_prob(value), d.sample_n(3)

    results = []
    for active in (False, True):
        block = Score()
        block.hybridize(active)
        inputs = [array([TABLE[name][1]], 'float32')] + [
            array([TABLE[name][0][key]], 'float32') for key in keys]
        for parameter in inputs[1:]:
            parameter.attach_grad()
        mx.random.seed(5)
        with autograd.record():
            score, draws = block(*inputs)
        score.backward()
        results.append([score, draws] + [parameter.grad for parameter in inputs[1:]])
    for eager, graph in zip(*results):
        close(graph, eager, 1e-6)


# A second distribution of the kind. Where the first one is wider, the divergence is infinite.
OTHERS = {'loc': 0.4, 'scale': 1.6, 'low': -1.5, 'high': 2.5, 'shape': 1.7, 'df': 4.0, 'alpha': 2.2,
          'rate': 2.0, 'prob': 0.45, 'beta': 0.9}
PAIRS = [(name, name) for name in NAMES
         if name not in ('HalfCauchy', 'FisherSnedecor', 'StudentT', 'NegativeBinomial', 'Weibull')]
PAIRS += [(p, q) for p in ('Uniform', 'Exponential') for q in ('Normal', 'Gumbel')]
PAIRS += [('Exponential', 'Gamma')]


@pytest.mark.parametrize('name, other', PAIRS)
def test_divergences_are_integrals(name, other):
    p = made(name, 1)
    changed = {**OTHERS, **({'scale': 0.15} if other == 'Pareto' else {})}
    q = getattr(mgp, other)(**{key: array([changed[key]]) if isinstance(value, float) else value
                               for key, value in TABLE[other][0].items()})
    whole = name in ('Poisson', 'Geometric', 'Binomial', 'Bernoulli')
    x = numpy.arange(0, 200.0) if whole else numpy.sinh(numpy.linspace(-11, 11, 400000))
    log_p, log_q = (d.log_prob(array(x)).asnumpy() for d in (p, q))
    inside = log_p > -700
    terms = numpy.exp(log_p[inside]) * (log_p[inside] - log_q[inside])
    weights = 1 if whole else numpy.gradient(x)[inside]
    close(mgp.kl_divergence(p, q), (terms * weights).sum(), 1e-3, 1e-4)
