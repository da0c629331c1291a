"""Options that functions of mx.np do not have."""
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
