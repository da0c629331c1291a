"""Draws, all of one seed."""
import gluino as mx
import numpy as onp
import pytest
from gluino import np, npx


def test_mxnets_numbers():
    np.random.seed(0)
    assert onp.allclose(np.random.uniform(size=3).asnumpy(), [0.5488135, 0.5928446, 0.71518934])
    mx.random.seed(0)
    assert onp.isclose(np.random.uniform().item(), 0.5488135)


@pytest.mark.parametrize("draw", [
    lambda: np.random.uniform(0, 1, 5), lambda: np.random.normal(size=5),
    lambda: np.random.randint(0, 10, 5), lambda: np.random.permutation(5),
    lambda: np.random.choice(5, 3, replace=False), lambda: np.random.exponential(size=3)])
def test_a_seed_repeats(draw):
    np.random.seed(3)
    first = draw().tolist()
    npx.random.seed(3)
    assert draw().tolist() == first


def test_shapes_and_types():
    assert np.random.uniform().shape == () and np.random.rand(2, 3).shape == (2, 3)
    assert np.random.randn(2).dtype == "float32" and np.random.randint(5).dtype == "int64"
    assert np.random.normal(np.zeros((2, 1)), np.ones(3)).shape == (2, 3)
    assert np.random.uniform(np.zeros(2), 1, size=(4, 2)).shape == (4, 2)
    assert np.random.uniform(size=2, dtype="float64").dtype == "float64"
    assert npx.random.normal_n(np.zeros(2), 1, (3,)).shape == (3, 2)
    assert np.random.choice(np.arange(5), (2, 2)).shape == (2, 2)
    assert np.random.multinomial(10, [0.5, 0.5]).sum().item() == 10
    assert np.random.multinomial(10, [0.5, 0.5], size=(2, 3)).shape == (2, 3, 2)


@pytest.mark.parametrize("name, args, mean", [
    ("exponential", (2.0,), 2.0), ("gumbel", (1.0, 1.0), 1.5772), ("logistic", (1.0, 1.0), 1.0),
    ("laplace", (1.0, 1.0), 1.0), ("rayleigh", (1.0,), 1.2533), ("weibull", (2.0,), 0.8862),
    ("pareto", (3.0,), 0.5), ("power", (3.0,), 0.75), ("lognormal", (0.0, 0.5), 1.1331),
    ("uniform", (2.0, 4.0), 3.0), ("normal", (2.0, 1.0), 2.0)])
def test_means(name, args, mean):
    np.random.seed(1)
    assert abs(getattr(np.random, name)(*args, size=20000).mean().item() - mean) < 0.04


def test_whole_numbers_fill_their_range():
    drawn = np.random.randint(2, 5, 300)
    assert set(drawn.tolist()) == {2, 3, 4}
    for wrong in ((5, 5), (5, 2)):
        with pytest.raises(ValueError):
            np.random.randint(*wrong)


def test_chances():
    np.random.seed(0)
    drawn = np.random.choice(3, 3000, p=np.array([0.2, 0.0, 0.8])).asnumpy()
    assert set(drawn) == {0, 2} and abs((drawn == 2).mean() - 0.8) < 0.05
    assert abs(npx.random.bernoulli(0.3, size=5000).mean().item() - 0.3) < 0.05
    with pytest.raises(ValueError):
        np.random.choice(3, 2, p=np.array([0.5, 0.1, 0.1]))
    with pytest.raises(ValueError):
        np.random.choice(3, 5, replace=False)
    with pytest.raises(ValueError):
        npx.random.bernoulli()


def test_orders():
    x = np.arange(10).reshape(5, 2)
    np.random.shuffle(x)
    assert sorted(x[:, 0].tolist()) == [0, 2, 4, 6, 8] and (x[:, 1] - x[:, 0] == 1).all()
    assert sorted(np.random.permutation(6).tolist()) == list(range(6))
    assert sorted(np.random.choice(6, 6, replace=False).tolist()) == list(range(6))


@pytest.mark.parametrize("draw, numbers", [
    (lambda: np.random.uniform(2, 4, size=3), [3.0476666, 2.1100273, 2.0799260]),
    (lambda: np.random.normal(size=4), [-0.6776515, 0.0362948, 0.1007395, -0.4902442]),
    (lambda: np.random.normal(np.array([1, 2]), np.array([[1], [3]])),
     [0.3223485, 2.0362947, 1.3022184, 0.5292673]),
    (lambda: np.random.exponential(2, size=3), [1.2931634, 5.8003473, 6.4396038]),
    (lambda: np.random.gumbel(1, 2, size=3), [1.8721113, -1.1295412, -1.3386397]),
    (lambda: np.random.logistic(1, 2, size=3), [1.1908113, -4.6871777, -5.3580370]),
    (lambda: np.random.pareto(3, size=3), [0.2405158, 1.6293180, 1.9249206]),
    (lambda: np.random.rayleigh(2, size=3), [2.2743468, 4.8167820, 5.0752749]),
    (lambda: np.random.weibull(np.array([1, 2])), [0.6465817, 1.7029896]),
    (lambda: np.random.gamma(2, 3, size=3), [0.45270, 9.66591, 2.61730]),
    (lambda: np.random.gamma(0.3, size=3), [0.00361, 2.14773, 0.01515]),
    (lambda: np.random.gamma(np.array([0.5, 1, 9]), np.array([[1], [2]])),
     [0.18683, 0.34327, 8.19472, 0.40757, 2.41749, 22.34809]),
    (lambda: np.random.beta(2, 0.5, size=3), [0.85497, 0.92589, 0.63896]),
    # MXNet's are a quarter of it: it takes 1/2 for the scale 2.
    (lambda: np.random.chisquare(3, size=3), [0.09291, 5.05222, 1.05711]),
    (lambda: np.random.randint(-5, 10, size=5), [6, 8, -5, 3, -1]),
    (lambda: np.random.choice(10, size=5), [5, 6, 0, 8, 6]),
    (lambda: np.random.choice(3, size=5, p=np.array([0.2, 0.3, 0.5])), [2, 0, 0, 2, 0]),
    (lambda: np.random.choice(4, size=3, replace=False, p=[0.2, 0.3, 0.4, 0.1]), [0, 3, 2]),
    (lambda: np.random.multinomial(10, [0.2, 0.3, 0.5]), [2, 3, 5]),
    (lambda: npx.random.bernoulli(0.3, size=5), [0, 1, 1, 0, 1]),
    (lambda: npx.random.bernoulli(logit=0.3, size=5), [1, 1, 1, 0, 1]),
    (lambda: npx.random.normal_n(np.zeros(2), 1, (2,)), [-0.6776515, 0.0362948, 0.1007395,
                                                         -0.4902442])])
def test_numbers_of_seed_1_are_mxnets(draw, numbers):
    mx.random.seed(1)
    assert onp.allclose(draw().asnumpy().ravel(), numbers, atol=1e-5)


def test_numbers_behind_those_of_seed_1_are_mxnets():
    """Some of its draws take more numbers than they need."""
    mx.random.seed(1)
    for drawn, numbers in [
            (np.random.power(2.0, 3), [0.6900483, 0.9721041, 0.9798148]),
            (np.random.power(np.array([1, 3])), [0.8140347, 0.6765328]),
            (np.random.uniform(size=2), [0.98788726, 0.5521489])]:
        assert onp.allclose(drawn.asnumpy(), numbers, atol=1e-5)
    mx.random.seed(1)
    for drawn, numbers in [
            (np.random.multinomial(4, [0.2, 0.3, 0.5]), [1, 0, 3]),
            (np.random.multinomial(4, np.array([0.2, 0.3, 0.5])), [0, 1, 3]),
            (np.random.multinomial(2, [0.2, 0.8], size=(2,)), [[1, 1], [1, 1]]),
            (np.random.uniform(size=2), [0.9066901, 0.37349305])]:
        assert onp.allclose(drawn.asnumpy(), numbers, atol=1e-5)
    mx.random.seed(1)
    many = np.random.gamma(0.5, size=300)  # of which some are drawn anew
    assert onp.allclose(many[:4].asnumpy(), [0.7608448, 1.0143917, 0.2114799, 0.0322219])
    assert onp.allclose([many.sum().item(), np.random.uniform().item()], [134.59682, 0.5272674])


@pytest.mark.parametrize("name, args, mean, variance", [
    ("gamma", (3.0, 0.5), 1.5, 0.75), ("gamma", (0.5, 2.0), 1.0, 2.0),
    ("beta", (2.0, 3.0), 0.4, 0.04), ("chisquare", (5.0,), 5.0, 10.0),
    ("f", (4.0, 30.0), 30 / 28, 2 * 900 * 32 / (4 * 28 * 28 * 26)),
    ("exponential", (2.0,), 2.0, 4.0), ("logistic", (1.0, 0.5), 1.0, onp.pi ** 2 / 12)])
def test_moments(name, args, mean, variance):
    np.random.seed(1)
    many = getattr(np.random, name)(*args, size=40000).asnumpy().astype("float64")
    assert abs(many.mean() - mean) < 5 * (variance / 40000) ** 0.5
    assert abs(many.var() / variance - 1) < 0.15
    each = getattr(np.random, name)(*(np.array([a, a]) for a in args), size=(20000, 2))
    assert abs(each.mean().item() - mean) < 5 * (variance / 40000) ** 0.5


def test_vectors_with_covariances():
    np.random.seed(1)
    mean, cov = np.array([1.0, -2.0]), np.array([[2.0, 1.0], [1.0, 3.0]])
    many = np.random.multivariate_normal(mean, cov, size=(40000,)).asnumpy()
    assert onp.allclose(many.mean(axis=0), mean.asnumpy(), atol=0.05)
    assert onp.allclose(onp.cov(many.T), cov.asnumpy(), atol=0.1)
    covs = np.stack([cov] * 5)
    assert np.random.multivariate_normal(mean, covs).shape == (5, 2)
    assert np.random.multivariate_normal(np.zeros((4, 2)), cov, size=3).shape == (3, 4, 2)
    assert np.random.multivariate_normal(np.zeros((5, 2)), covs, (3,)).shape == (3, 5, 2)
    with pytest.raises(mx.MXNetError):
        np.random.multivariate_normal(mean, np.array([[1.0, 2.0], [2.0, 1.0]]))


def test_gradients_reach_the_parameters():
    loc, scale = np.array([1.0, 2.0]), np.array([0.5])
    loc.attach_grad()
    scale.attach_grad()
    with mx.autograd.record():
        drawn = np.random.normal(loc, scale, size=(3, 2))
        drawn.sum().backward()
    noise = (drawn - loc) / scale
    assert loc.grad.tolist() == [3, 3]
    assert onp.isclose(scale.grad.item(), noise.sum().item(), atol=1e-5)


def test_types_of_truths():
    for dtype in ("bool", "int32", "uint8", "float16", "float64"):
        assert npx.random.bernoulli(np.array([0.0, 1.0]), dtype=dtype).dtype == dtype
    assert npx.random.bernoulli(1.0, size=2, dtype="bool").tolist() == [True, True]


def test_places_and_the_logarithms_of_their_chances():
    places, logs = npx.random.categorical(np.array([[0.0, 1.0], [0.5, 0.5]]), (3,), get_prob=True)
    assert places.shape == logs.shape == (2, 3) and places[0].tolist() == [1, 1, 1]
    assert onp.allclose(logs[1].asnumpy(), onp.log(0.5))
    assert npx.random.categorical(np.array([0.0, 1.0])).shape == ()


def test_many_draws_of_few_outcomes():
    np.random.seed(1)
    counts = np.random.multinomial(10 ** 9, [0.25, 0.25, 0.5]).asnumpy()
    assert counts.sum() == 10 ** 9
    assert (abs(counts - onp.array([25e7, 25e7, 5e8])) < 5 * (10 ** 9 * 0.25) ** 0.5).all()


@pytest.mark.parametrize("wrong", [
    lambda: np.random.normal(0, -1), lambda: np.random.weibull(np.array([0.0])),
    lambda: np.random.gamma(-1.0), lambda: npx.random.bernoulli(1.5),
    lambda: np.random.uniform(np.zeros(2), np.ones(3)),
    lambda: np.random.normal(np.zeros(2), 1, size=(3,)),
    lambda: np.random.multinomial(3, [0.9, 0.9]), lambda: np.random.multinomial(-1, [0.5, 0.5])])
def test_mistakes(wrong):
    with pytest.raises(mx.MXNetError, match="expected|broadcast"):
        wrong()


def test_nodes_draw_the_same():
    loc = mx.sym.var("loc").as_np_ndarray()
    node = mx.sym.np.random.normal(loc, 2.0, size=(3, 2))
    mx.random.seed(1)
    expected = np.random.normal(np.array([1.0, 2.0]), 2.0, size=(3, 2))
    mx.random.seed(1)
    assert node.eval(loc=np.array([1.0, 2.0]))[0].tolist() == expected.tolist()
    assert mx.sym.np.random.gamma(2.0, size=3).eval()[0].shape == (3,)
    assert mx.sym.np.random.randint(5, size=(2,)).eval()[0].dtype == "int64"


def test_chances_without_repetition():
    p = np.array([0.5, 0.0, 0.25, 0.25])
    firsts = []
    for _ in range(300):
        drawn = np.random.choice(4, 3, replace=False, p=p).tolist()
        assert sorted(drawn) == [0, 2, 3]
        firsts.append(drawn[0])
    assert abs(firsts.count(0) / 300 - 0.5) < 0.12
    with pytest.raises(ValueError):
        np.random.choice(4, 4, replace=False, p=p)


@pytest.mark.parametrize("draw", [
    lambda: np.random.normal(scale=-1), lambda: np.random.normal(0, np.array([1, -1])),
    lambda: np.random.gamma(-1), lambda: np.random.beta(0, 1), lambda: np.random.weibull(-1),
    lambda: np.random.chisquare(-1), lambda: np.random.lognormal(sigma=-1),
    lambda: np.random.laplace(0, -1), lambda: np.random.f(-1, 2),
    lambda: np.random.multinomial(4, [0.9, 0.2]), lambda: npx.random.bernoulli(prob=-1),
    lambda: npx.random.bernoulli(prob=np.array([0.5, 1.5])),
    lambda: npx.random.normal_n(0, -1, (2,))])
def test_parameters_of_no_distribution_are_value_errors(draw):
    with pytest.raises(ValueError) as told:
        draw()
    assert isinstance(told.value, mx.MXNetError)
