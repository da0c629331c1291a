"""What parameters and values of distributions may be."""
import operator

from .... import numpy as np
from ....numpy._call import call
from .utils import constraint_check

_all_hold = constraint_check()


class Constraint:
    """A set of values. A derived class has `_holds(value)`, which gives truths."""

    def check(self, value):
        """The value. ValueError unless it, or all of an array, belongs to the set."""
        _all_hold(self._holds(value), f'expected {self}, got {value}')
        return value

    def _holds(self, value):
        raise NotImplementedError(f'{type(self).__name__} has no _holds')

    def __repr__(self):
        return f'{type(self).__name__}()'


class Real(Constraint):
    """Real numbers: all but NaN."""

    def _holds(self, value):
        return value == value  # pylint: disable=comparison-with-itself


class _OfElements(Constraint):
    """One of which each element says by itself whether it belongs: elsewhere densities are 0."""


class Boolean(_OfElements):
    """0 and 1."""

    def _holds(self, value):
        return np.logical_or(value == 0, value == 1)


class _Bounded(_OfElements):
    """Values between bounds. What derives from it says which bounds there are, whether they belong
    to it, and whether values are whole."""

    _lower, _upper, _whole = None, None, False
    _signs = {operator.ge: '>=', operator.gt: '>', operator.le: '<=', operator.lt: '<'}

    def _bounds(self):
        if self._lower:
            yield self._lower, self._lower_bound
        if self._upper:
            yield self._upper, self._upper_bound

    def _holds(self, value):
        truths = [compare(value, bound) for compare, bound in self._bounds()]
        if self._whole:
            truths.append(value % 1 == 0)
        held = truths[0]
        for truth in truths[1:]:
            held = np.logical_and(held, truth)
        return held

    def __repr__(self):
        kind = 'whole numbers' if self._whole else 'values'
        return f'{kind} ' + ' and '.join(f'{self._signs[compare]} {bound}'
                                         for compare, bound in self._bounds())


class _Between(_Bounded):
    def __init__(self, lower_bound, upper_bound):
        self._lower_bound, self._upper_bound = lower_bound, upper_bound


class _From(_Bounded):
    def __init__(self, lower_bound):
        self._lower_bound = lower_bound


class _UpTo(_Bounded):
    def __init__(self, upper_bound):
        self._upper_bound = upper_bound


def _family(name, base, said, lower=None, upper=None):
    """The classes of bounds for all numbers and for whole ones."""
    return [type(prefix + name, (base,), {
        '_lower': lower, '_upper': upper, '_whole': whole, '__module__': __name__,
        '__doc__': f'{kind} {said}.'})
        for prefix, kind, whole in (('', 'Numbers', False), ('Integer', 'Whole numbers', True))]


Interval, IntegerInterval = _family(
    'Interval', _Between, 'from one bound to the other', operator.ge, operator.le)
OpenInterval, IntegerOpenInterval = _family(
    'OpenInterval', _Between, 'between two bounds', operator.gt, operator.lt)
HalfOpenInterval, IntegerHalfOpenInterval = _family(
    'HalfOpenInterval', _Between, 'from one bound on and below the other', operator.ge, operator.lt)
GreaterThan, IntegerGreaterThan = _family('GreaterThan', _From, 'above a bound', operator.gt)
GreaterThanEq, IntegerGreaterThanEq = _family(
    'GreaterThanEq', _From, 'from a bound on', operator.ge)
LessThan, IntegerLessThan = _family('LessThan', _UpTo, 'below a bound', None, operator.lt)
LessThanEq, IntegerLessThanEq = _family('LessThanEq', _UpTo, 'up to a bound', None, operator.le)


class UnitInterval(Interval):
    """Numbers from 0 to 1."""

    def __init__(self):
        super().__init__(0, 1)


class Positive(GreaterThan):
    """Numbers above 0."""

    def __init__(self):
        super().__init__(0)


class NonNegative(GreaterThanEq):
    """Numbers from 0 on."""

    def __init__(self):
        super().__init__(0)


class PositiveInteger(IntegerGreaterThan):
    """Whole numbers above 0."""

    def __init__(self):
        super().__init__(0)


class NonNegativeInteger(IntegerGreaterThanEq):
    """Whole numbers from 0 on."""

    def __init__(self):
        super().__init__(0)


class Simplex(Constraint):
    """Vectors of numbers from 0 on that sum to 1, but for rounding."""

    def _holds(self, value):
        return np.logical_and((value >= 0).all(axis=-1), abs(value.sum(axis=-1) - 1) < 1e-5)


class LowerTriangular(Constraint):
    """Matrices that are 0 above the diagonal."""

    def _holds(self, value):
        return np.tril(value) == value


class LowerCholesky(LowerTriangular):
    """The same with a positive diagonal."""

    def _holds(self, value):
        diagonal = np.diagonal(value, axis1=-2, axis2=-1)
        return np.logical_and(super()._holds(value), (diagonal > 0)[..., None])


class PositiveDefinite(Constraint):
    """Symmetric matrices of which all eigenvalues are above 0."""

    def _holds(self, value):
        _, eigenvalues = call('_linalg_syevd', value)
        symmetric = abs(value - np.swapaxes(value, -1, -2)) <= 1e-5 * abs(value).max()
        return np.logical_and(symmetric, (eigenvalues > 0)[..., None])


class _Parts(Constraint):
    """Constraints of parts along an axis."""

    def check(self, value):
        """The value. ValueError unless each part belongs to the set that its constraint tells."""
        for constraint, part in zip(self._constraints, self._cut(value)):
            constraint.check(part)
        return value


class Cat(_Parts):
    """Arrays joined along an axis of parts with constraints of their own, of `lengths` (1 each
    unless given)."""

    def __init__(self, constraint_seq, axis=0, lengths=None):
        self._constraints, self._axis = list(constraint_seq), axis
        self._lengths = list(lengths or [1] * len(self._constraints))
        if len(self._lengths) != len(self._constraints):
            raise ValueError(f'Cat: expected {len(self._constraints)} lengths, '
                             f'got {len(self._lengths)}')

    def _cut(self, value):
        if value.shape[self._axis] != sum(self._lengths):
            raise ValueError(f'Cat: expected {sum(self._lengths)} along axis {self._axis}, '
                             f'got {value.shape[self._axis]}')
        ends = [sum(self._lengths[:i]) for i in range(1, len(self._lengths))]
        return np.split(value, ends, axis=self._axis)


class Stack(_Parts):
    """Arrays stacked along an axis of parts with constraints of their own."""

    def __init__(self, constraint_seq, axis=0):
        self._constraints, self._axis = list(constraint_seq), axis

    def _cut(self, value):
        count = value.shape[self._axis]
        if count != len(self._constraints):
            raise ValueError(f'Stack: expected {len(self._constraints)} along axis {self._axis}, '
                             f'got {count}')
        return [part.squeeze(self._axis) for part in np.split(value, count, axis=self._axis)]


class _Dependent(Constraint):

    def check(self, value):
        """ValueError: only a distribution knows the set."""
        raise ValueError('a constraint that depends on parameters cannot be checked without them')


class dependent_property(property, _Dependent):
    """A property that is a constraint, by the parameters of the distribution that is asked for it."""


def is_dependent(constraint):
    """Whether a constraint is known only by the parameters of a distribution."""
    return isinstance(constraint, _Dependent)


__all__ = ['is_dependent'] + [
    name for name, value in list(globals().items())
           if isinstance(value, type) and issubclass(value, Constraint) and name[0] != '_']
