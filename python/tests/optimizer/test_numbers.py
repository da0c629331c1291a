"""Weights after some steps are those of MXNet 1.9.1."""
import json
import pathlib
import sys

import gluino as mx
import numpy as np
import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import cases  # noqa: E402

EXPECTED = json.loads(cases.NUMBERS.read_text())


@pytest.mark.parametrize('case', list(cases.all_cases()), ids=lambda case: case[0])
def test_weights_are_those_of_mxnet(case):
    key, name, options, clip = case
    found = cases.trained(mx, name, options, clip)
    np.testing.assert_allclose(found, EXPECTED[key], rtol=2e-5, atol=2e-6)


def test_every_optimizer_of_mxnet_has_a_case():
    trained = {name for name, _ in cases.CASES}
    beyond = {'adabelief', 'adamw', 'lans'}  # MXNet 2.0's
    own = {name for name, klass in mx.optimizer.Optimizer.opt_registry.items()
           if klass.__module__.startswith('gluino.optimizer')}
    assert trained == own - beyond
