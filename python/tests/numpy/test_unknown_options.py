"""Options that functions of mx.np do not have."""
import inspect

import pytest

from gluino import np, npx


def test_misspelt_decimals():
    x = np.array([1.26, 2.25])
    assert np.around(x, decimals=1).tolist() == pytest.approx([1.3, 2.2])
    for call in np.around, np.round, np.round_, lambda x, **options: x.round(**options):
        with pytest.raises(TypeError, match="there is no 'decimal'"):
            call(x, decimal=1)


def test_draws_of_outcomes():
    with pytest.raises(TypeError, match="there is no 'shape'"):
        np.random.multinomial(5, [0.5, 0.5], shape=3)
    with pytest.raises(TypeError, match="there is no 'size'"):
        npx.random.categorical(np.array([0.5, 0.5]), size=3)


def _matrix():
    return np.array([[2., 1.], [1., 3.]])


def _vector():
    return np.array([1., 2., 3.])


# Arguments by which most functions can be called.
_TRIED = [(_matrix,), (_matrix, _matrix), (_vector,), (_vector, _vector), ((2, 3),), (3,), (3, 3),
          (_matrix, 1), (_matrix, 0, 1), ((2,), 1.0), (1.0, 5.0), (_matrix, (1, 0)), (0.5, _matrix),
          (lambda: [_matrix(), _matrix()],), ("ij,jk->ik", _matrix, _matrix)]


def _works(function, arguments, **options):
    try:
        function(*(each() if inspect.isfunction(each) else each for each in arguments), **options)
    except Exception:  # of whatever kind
        return False
    return True


@pytest.mark.parametrize("namespace, least", [(np, 250), (np.random, 30), (np.linalg, 30)])
def test_no_function_swallows_a_misspelt_option(namespace, least):
    tried, swallowed = 0, []
    for name in dir(namespace):
        function = getattr(namespace, name)
        if name.startswith("_") or not callable(function) or inspect.isclass(function):
            continue
        arguments = next((each for each in _TRIED if _works(function, each)), None)
        if arguments is not None:
            tried += 1
            if _works(function, arguments, no_such_option=1):
                swallowed.append(name)
    assert tried >= least and swallowed == []
