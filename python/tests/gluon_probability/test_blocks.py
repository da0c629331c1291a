"""Transformations, constraints, and blocks that add losses."""
import numpy
import pytest

import gluino as mx
from gluino import autograd, gluon, np
from gluino.gluon import nn
from gluino.gluon import probability as mgp
from gluino.gluon.probability import constraint

TRANSFORMATIONS = [
    mgp.ExpTransform(), mgp.AffineTransform(1.0, -2.0), mgp.PowerTransform(3.0),
    mgp.PowerTransform(-0.5), mgp.SigmoidTransform(),
    mgp.ComposeTransform([mgp.ExpTransform(), mgp.AffineTransform(1.0, 2.0)])]


def close(actual, expected, rtol=1e-6, atol=1e-9):
    numpy.testing.assert_allclose(numpy.asarray(actual), numpy.asarray(expected), rtol, atol)


@pytest.mark.parametrize('forward', [True, False])
@pytest.mark.parametrize('transform', TRANSFORMATIONS, ids=lambda t: type(t).__name__)
def test_transformations(transform, forward):
    x = np.array([0.3, 0.6, 0.9], dtype='float64')
    if not forward:
        x, transform = transform(x), transform.inv
    y = transform(x)
    slope = (transform(x + 1e-6) - transform(x - 1e-6)) / 2e-6
    close(transform.inv(y), x)
    close(transform.log_det_jacobian(x, y), np.log(abs(slope)), 1e-5)
    assert (np.sign(slope) == transform.sign).all()


def test_transformations_of_vectors():
    x = np.array([[0.3, 0.6]])
    moved = mgp.AffineTransform(0.0, np.array([2.0, 4.0]), event_dim=1)
    close(moved.log_det_jacobian(x, moved(x)), [numpy.log(8)])
    both = mgp.ComposeTransform([mgp.ExpTransform(), moved])
    close(both.log_det_jacobian(x, both(x)), [0.9 + numpy.log(8)])
    soft = mgp.SoftmaxTransform()
    close(soft(soft.inv(soft(x))), soft(x))
    assert (mgp.AbsTransform()(-x) == x).all()
    with pytest.raises(NotImplementedError, match='AbsTransform'):
        mgp.AbsTransform().sign


# A set, what belongs to it, and what does not.
SETS = [
    (constraint.Real(), [-1.5, 2], [numpy.nan]), (constraint.Boolean(), [0, 1], [0.5]),
    (constraint.Interval(-1, 2), [-1, 2], [2.1]), (constraint.OpenInterval(-1, 2), [0], [2]),
    (constraint.HalfOpenInterval(-1, 2), [-1], [2]), (constraint.UnitInterval(), [0, 1], [-0.1]),
    (constraint.IntegerInterval(-1, 2), [-1, 2], [0.5]),
    (constraint.IntegerOpenInterval(-1, 2), [0, 1], [2]),
    (constraint.IntegerHalfOpenInterval(-1, 2), [-1, 1], [2]),
    (constraint.GreaterThan(1), [1.5], [1]), (constraint.GreaterThanEq(1), [1], [0.9]),
    (constraint.IntegerGreaterThan(1), [2], [1]), (constraint.IntegerGreaterThanEq(1), [1], [1.5]),
    (constraint.LessThan(1), [0.5], [1]), (constraint.LessThanEq(1), [1], [1.5]),
    (constraint.IntegerLessThan(1), [0], [1]), (constraint.IntegerLessThanEq(1), [1], [0.5]),
    (constraint.Positive(), [0.1], [0]), (constraint.NonNegative(), [0], [-0.1]),
    (constraint.PositiveInteger(), [1], [0]), (constraint.NonNegativeInteger(), [0], [-1]),
    (constraint.Simplex(), [0.2, 0.8], [0.5, 0.8]),
    (constraint.LowerTriangular(), [[1, 0], [2, 0]], [[1, 1], [0, 1]]),
    (constraint.LowerCholesky(), [[1, 0], [2, 1]], [[1, 0], [2, 0]]),
    (constraint.PositiveDefinite(), [[2, 1], [1, 2]], [[1, 2], [2, 1]]),
    (constraint.Cat([constraint.Positive(), constraint.Real()], lengths=[1, 2]), [1, -2, 3],
     [-1, 2, 3]),
    (constraint.Stack([constraint.Positive(), constraint.Real()], axis=-1), [[1, -2]], [[-1, 2]]),
]


@pytest.mark.parametrize('which, inside, outside', SETS, ids=lambda v: type(v).__name__)
def test_constraints(which, inside, outside):
    value = np.array(inside)
    assert which.check(value) is value
    with pytest.raises(ValueError, match='expected'):
        which.check(np.array(outside))


def test_every_constraint_is_tried():
    tried = {type(which).__name__ for which, _, _ in SETS}
    assert set(constraint.__all__) == tried | {'Constraint', 'dependent_property', 'is_dependent'}


def test_constraints_by_parameters():
    class Half(mgp.Distribution):
        @constraint.dependent_property
        def support(self):
            return constraint.LessThan(self.bound)

        def __init__(self, bound):
            self.bound = bound
            super().__init__()

    assert constraint.is_dependent(Half.support) and not constraint.is_dependent(constraint.Real())
    assert not constraint.is_dependent(Half(2).support)
    Half(2).support.check(np.array([1.0]))
    with pytest.raises(ValueError, match='depends on parameters'):
        Half.support.check(np.array([1.0]))


@pytest.mark.parametrize('domain', [mgp.biject_to, mgp.transform_to])
def test_ways_into_constraints(domain):
    x = np.array([-1.5, 0.5, 2])
    for which in (constraint.Real(), constraint.Positive(), constraint.GreaterThan(3),
                  constraint.GreaterThanEq(3), constraint.LessThan(-1), constraint.Interval(2, 5),
                  constraint.HalfOpenInterval(2, 5), constraint.UnitInterval()):
        way = domain(which)
        close(way.inv(which.check(way(x))), x, 1e-4)
    with pytest.raises(NotImplementedError, match='Boolean'):
        domain(constraint.Boolean())
    with pytest.raises(TypeError, match='class of constraints'):
        domain.register(int, lambda which: mgp.ExpTransform())


def test_transform_blocks_learn():
    class Stretch(mgp.TransformBlock):
        bijective, sign = True, 1

        def __init__(self):
            super().__init__()
            self.scale = gluon.Parameter('scale', shape=(1,), init='ones')

        def _forward_compute(self, x):
            return x * self.scale.data()

        def _inverse_compute(self, y):
            return y / self.scale.data()

        def log_det_jacobian(self, x, y):
            return np.log(self.scale.data()) + 0 * x

    stretch = Stretch()
    stretch.initialize()
    trainer = gluon.Trainer(stretch.collect_params(), 'sgd', {'learning_rate': 0.2})
    data = np.random.normal(0, 3, (500,))
    for _ in range(100):
        with autograd.record():
            d = mgp.TransformedDistribution(mgp.Normal(np.zeros(1), 1.0), stretch)
            loss = -d.log_prob(data).mean()
        loss.backward()
        trainer.step(1)
    close(stretch.scale.data(), [data.std().item()], 0.02)


class Latent(mgp.StochasticBlock):
    def __init__(self):
        super().__init__()
        self.encoder = nn.Dense(4, in_units=3)

    @mgp.StochasticBlock.collectLoss
    def forward(self, x):
        loc, spread = np.split(self.encoder(x), 2, axis=-1)
        q = mgp.Normal(loc, np.exp(spread))
        self.add_loss(mgp.kl_divergence(q, mgp.Normal(0.0, 1.0)).sum())
        return q.sample()


@pytest.mark.parametrize('hybridized', [False, True])
def test_stochastic_blocks(hybridized):
    net = mgp.StochasticSequential()
    net.add(nn.Dense(3, in_units=2), Latent(), nn.Dense(2, in_units=2), nn.Dense(3, in_units=2),
            Latent())
    net.initialize(mx.init.Constant(0.2))
    net.hybridize(hybridized)
    x = np.array([[1.0, 2.0]])
    for seed in (1, 2):
        mx.random.seed(seed)
        with autograd.record():
            out = net(x)
            loss = out.sum() + sum(loss for losses in net.losses for loss in losses)
        loss.backward()
        assert out.shape == (1, 2) and [len(losses) for losses in net.losses] == [1, 1]
        # The first layer gives 0.6 thrice, so that location and spread are 0.36.
        expected = 2 * (numpy.exp(0.72) + 0.36 ** 2 - 1 - 0.72) / 2
        close(net.losses[0][0].item(), expected, 1e-5)
    assert abs(net[0].weight.grad()).sum() > 0
    assert len(net) == 5 and isinstance(net[1], Latent) and len(net[1:3]) == 2


def test_forward_is_to_be_decorated():
    class Plain(mgp.StochasticBlock):
        def forward(self, x):
            return x

    with pytest.raises(ValueError, match='Plain.forward.*collectLoss'):
        Plain()(np.ones(1))
