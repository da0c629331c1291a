import pytest

import gluino as mx


@pytest.fixture(autouse=True)
def np_mode():
    mx.npx.set_np()
    mx.random.seed(7)
    yield
    mx.npx.reset_np()
