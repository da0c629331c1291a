"""These tests run as programs do that say npx.set_np()."""
import pytest

from gluino import util


@pytest.fixture(autouse=True)
def numpy_rules():
    util.set_np()
    yield
    util.reset_np()
