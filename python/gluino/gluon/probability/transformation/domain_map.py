"""From numbers without bounds to those that a constraint asks for."""
from ..distributions.constraint import (Constraint, GreaterThan, GreaterThanEq, HalfOpenInterval,
                                        Interval, LessThan, LessThanEq, OpenInterval, Real,
                                        Simplex)
from .transformation import (AffineTransform, ComposeTransform, ExpTransform, SigmoidTransform,
                             SoftmaxTransform)

__all__ = ['domain_map', 'biject_to', 'transform_to']


class domain_map:
    """A register of constraints, each with a function that makes a transformation into it."""

    def __init__(self):
        self._storage = {}

    def register(self, constraint, factory=None):
        """Registers `factory(constraint)` for a class of constraints, or that of an object; without
        a factory it decorates one. TypeError for what is no constraint."""
        if factory is None:
            return lambda factory: self.register(constraint, factory)
        kind = constraint if isinstance(constraint, type) else type(constraint)
        if not issubclass(kind, Constraint):
            raise TypeError(f'register: expected a class of constraints, got {constraint!r}')
        self._storage[kind] = factory
        return factory

    def __call__(self, constraint):
        """The transformation into a constraint; NotImplementedError where there is none."""
        for kind in type(constraint).__mro__:
            if kind in self._storage:
                return self._storage[kind](constraint)
        raise NotImplementedError(f'there is no transformation into {constraint}')


#: Transformations that have an inverse everywhere.
biject_to = domain_map()
#: Transformations that may lead several numbers to one.
transform_to = domain_map()


def _above(constraint):
    return ComposeTransform([ExpTransform(), AffineTransform(constraint._lower_bound, 1)])


def _below(constraint):
    return ComposeTransform([ExpTransform(), AffineTransform(constraint._upper_bound, -1)])


def _between(constraint):
    lower, upper = constraint._lower_bound, constraint._upper_bound
    return ComposeTransform([SigmoidTransform(), AffineTransform(lower, upper - lower)])


for _map in (biject_to, transform_to):
    _map.register(Real, lambda constraint: ComposeTransform([]))
    for _kinds, _factory in (((GreaterThan, GreaterThanEq), _above),
                             ((LessThan, LessThanEq), _below),
                             ((Interval, OpenInterval, HalfOpenInterval), _between)):
        for _kind in _kinds:
            _map.register(_kind, _factory)
transform_to.register(Simplex, lambda constraint: SoftmaxTransform())
