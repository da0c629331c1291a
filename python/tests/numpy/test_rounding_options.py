"""np.around takes decimals by its name only."""
import pytest

from gluino import np


def test_misspelt_decimals():
    x = np.array([1.26, 2.25])
    assert np.around(x, decimals=1).tolist() == pytest.approx([1.3, 2.2])
    for call in np.around, np.round, np.round_, lambda x, **options: x.round(**options):
        with pytest.raises(TypeError, match="there is no 'decimal'"):
            call(x, decimal=1)
