"""Distributions of vectors and of several outcomes, and what is made of other distributions."""
import numpy
import pytest

import gluino as mx
from gluino import autograd, np
from gluino.gluon import probability as mgp

PROB = [[0.1, 0.2, 0.7], [0.3, 0.0, 0.7]]
COV = [[2.0, 0.5], [0.5, 1.0]]


def array(value):
    return np.array(value, dtype='float64')


def close(actual, expected, rtol=1e-7, atol=1e-9):
    actual = actual.asnumpy() if isinstance(actual, np.ndarray) else actual
    expected = expected.asnumpy() if isinstance(expected, np.ndarray) else expected
    numpy.testing.assert_allclose(actual, expected, rtol=rtol, atol=atol)


@pytest.mark.parametrize('by', ['prob', 'logit'])
def test_categorical(by):
    prob = array(PROB)
    d = mgp.Categorical(3, **{by: prob if by == 'prob' else np.log(prob) + 5})
    close(d.prob, PROB)
    close(np.exp(d.log_prob(array([0, 2]))), [0.1, 0.7])
    close(np.exp(d.log_prob(array([[0], [1], [3]]))), [[0.1, 0.3], [0.2, 0], [0, 0]])
    close(np.exp(d.log_prob(d.enumerate_support())), prob.T)
    draws = d.sample_n(20000)
    assert draws.shape == (20000, 2) and draws.dtype == 'int64' and d.sample((4, 2)).shape == (4, 2)
    for i in range(3):
        close((draws == i).mean(axis=0), prob[:, i], 0, 0.02)
    close(d.entropy(), [0.8018185526, 0.6108643021])
    assert d.broadcast_to((4, 2)).sample().shape == (4, 2)


def test_one_hot_and_multinomial():
    prob = array(PROB)
    one, many = mgp.OneHotCategorical(3, prob=prob), mgp.Multinomial(3, prob=prob, total_count=5)
    close(np.exp(one.log_prob(array([[0, 1, 0], [0, 0, 1]]))), [0.2, 0.7])
    close(one.enumerate_support()[:, 0], numpy.eye(3))
    close(many.log_prob(array([[1, 1, 3], [1, 0, 4]])), [-1.986315564, numpy.log(5 * 0.3 * 0.7**4)])
    for d, count in ((one, 1), (many, 5)):
        draws = d.sample_n(20000)
        assert draws.shape == (20000, 2, 3) and d.sample((4, 2)).shape == (4, 2, 3)
        assert (draws.sum(-1) == count).all()
        close(draws.mean(axis=0), d.mean, 0, 0.05)
        close(draws.asnumpy().var(axis=0), d.variance, 0.08, 0.01)


def test_dirichlet():
    d = mgp.Dirichlet(array([[1.0, 2.0, 3.5], [1, 1, 1]]))
    close(d.log_prob(array([0.2, 0.3, 0.5])), [1.524747702, numpy.log(2)])
    close(d.entropy(), [-1.367074738, -numpy.log(2)])
    close(d.mean[0], [0.15384615, 0.30769231, 0.53846154])
    close(d.variance[0], [0.017357, 0.02840237, 0.03313609], 1e-5)
    draws = d.sample_n(20000)
    d.support.check(draws)
    close(draws.mean(axis=0), d.mean, 0, 0.01)


@pytest.mark.parametrize('by', ['cov', 'precision', 'scale_tril'])
def test_multivariate_normal(by):
    given = {'cov': array(COV), 'precision': array(numpy.linalg.inv(COV)),
             'scale_tril': array(numpy.linalg.cholesky(COV))}
    d = mgp.MultivariateNormal(array([[1.0, 2.0], [0, 0]]), **{by: given[by]}, validate_args=True)
    for name, value in given.items():
        close(getattr(d, name), value)
    close(d.log_prob(array([0.3, 1.0]))[0], -2.6291135318)
    close(d.entropy(), [3.11768496] * 2)
    close(d.variance, [[2, 1]] * 2)
    draws = d.sample_n(40000).asnumpy()
    close(draws.mean(axis=0), d.mean, 0, 0.03)
    close(numpy.cov(draws[:, 0].T), COV, 0, 0.06)
    q = mgp.MultivariateNormal(array([0.0, 1.0]), cov=array(numpy.eye(2)))
    # By the formula in traces and determinants.
    close(mgp.kl_divergence(d, q)[0], (3 + 2 - 2 - numpy.log(1.75)) / 2)


def test_gradients_go_through_vectors():
    cov = array(COV)
    logit = array([0.2, -0.3, 0.5])

    def score(cov, logit):
        mx.random.seed(3)
        normal = mgp.MultivariateNormal(array([1.0, 2.0]), cov=cov).sample_n(9)
        relaxed = mgp.RelaxedOneHotCategorical(0.7, 3, logit=logit).sample_n(9)
        bits = mgp.RelaxedBernoulli(0.7, logit=logit).sample_n(9)
        return ((normal ** 2).sum() + (relaxed ** 2).sum() + (bits ** 3).sum()
                + mgp.kl_divergence(mgp.Categorical(3, logit=logit), mgp.Categorical(
                    3, prob=array(PROB[0]))))

    for parameter in (cov, logit):
        parameter.attach_grad()
    with autograd.record():
        out = score(cov, logit)
    out.backward()
    step = array([1e-6, 0, 0])
    close(logit.grad[0], (score(cov, logit + step) - score(cov, logit - step)) / 2e-6, 1e-5)
    step = array([[1e-6, 0], [0, 0]])
    close(cov.grad[0, 0], (score(cov + step, logit) - score(cov - step, logit)) / 2e-6, 1e-5)


def test_relaxed_densities():
    d = mgp.RelaxedOneHotCategorical(0.5, 2, prob=array([0.3, 0.7]))
    x = numpy.linspace(0, 1, 200001)[1:-1]
    density = d.pdf(np.stack([array(x), array(1 - x)], axis=-1)).asnumpy()
    close((density * 5e-6).sum(), 1, 0, 0.01)
    bits = mgp.RelaxedBernoulli(0.5, prob=array([0.3, 0.6]))
    close(bits.log_prob(array([0.3, 0.6])), [-0.56333184, -0.66258264], 1e-6)  # MXNet's
    # A share of one of two outcomes is a relaxed bit.
    close(d.log_prob(array([0.3, 0.7])), bits.log_prob(array([0.3, 0.6]))[0])
    for relaxed in (d, bits):
        relaxed.support.check(relaxed.sample_n(100))


def test_independent():
    base = mgp.Normal(np.zeros((4, 2, 3)), np.ones((4, 2, 3)))
    d = mgp.Independent(base, 2)
    x = np.ones((4, 2, 3))
    close(d.log_prob(x), base.log_prob(x).sum((1, 2)))
    close(d.entropy(), base.entropy().sum((1, 2)))
    assert d.event_dim == 2 and d.sample().shape == (4, 2, 3)
    assert d.sample_n(5).shape == (5, 4, 2, 3) and d.sample((6, 4)).shape == (6, 4, 2, 3)
    assert d.sample((6, 4, 2, 3)).shape == (6, 4, 2, 3)  # as MXNet counts
    assert d.broadcast_to((7, 4)).sample().shape == (7, 4, 2, 3)
    with pytest.raises(ValueError, match='3 axes'):
        mgp.Independent(base, 4)


def test_transformed():
    base = mgp.Normal(array([0.3, 0.5]), array([1.0, 2.0]))
    d = mgp.TransformedDistribution(base, [mgp.ExpTransform(), mgp.AffineTransform(1.0, -2.0)])
    x = array([-2.0, -3.0])
    near = (d.cdf(x + 1e-6) - d.cdf(x - 1e-6)) / 2e-6
    close(d.pdf(x), near, 1e-6)
    close(d.icdf(d.cdf(x)), x)
    places = d.cdf(d.sample_n(20000)).asnumpy()
    close(places.mean(axis=0), 0.5, 0, 0.02)
    assert d.broadcast_to((3, 2)).sample().shape == (3, 2)


def test_what_is_refused():
    with pytest.raises(ValueError, match='one of prob, logit'):
        mgp.Bernoulli()
    with pytest.raises(ValueError, match='prob, logit$'):
        mgp.Bernoulli(0.3, 0.4)
    with pytest.raises(ValueError, match='3 along the last axis'):
        mgp.Categorical(3, prob=np.ones(2) / 2)
    with pytest.raises(ValueError, match='values > 0'):
        mgp.Normal(0, np.array([1.0, -1.0]), validate_args=True)
    with pytest.raises(ValueError, match='values >= 0'):
        mgp.Exponential(1.0, validate_args=True).log_prob(np.array([-1.0]))
    with pytest.raises(NotImplementedError, match='Cauchy from Normal'):
        mgp.kl_divergence(mgp.Normal(), mgp.Cauchy())
    with pytest.raises(NotImplementedError, match='5 and 6'):
        mgp.kl_divergence(mgp.Binomial(5, 0.3), mgp.Binomial(6, 0.3))
    assert mgp.Exponential(1.0).log_prob(np.array(-1.0)) == -numpy.inf
    assert mgp.Poisson(1.0).log_prob(np.array(0.5)) == -numpy.inf


def test_divergences_of_ones_own():
    class Mine(mgp.Normal):
        pass

    assert mgp.kl_divergence(Mine(0.0, 1.0), mgp.Normal(0.0, 1.0)) == 0
    p, q = mgp.Normal(np.zeros(2), 1.0), mgp.Normal(np.ones(2), 1.0)
    close(mgp.empirical_kl(p, q, 20000), mgp.kl_divergence(p, q), 0, 0.05)

    @mgp.register_kl(Mine, mgp.Normal)
    def by_hand(p, q):
        return 'mine'

    assert mgp.kl_divergence(Mine(), mgp.Normal()) == 'mine'
    assert mgp.kl_divergence(mgp.Normal(), mgp.Normal()) == 0
