"""What type checkers see."""
import os
import pathlib
import subprocess
import sys

import gluino
import pytest

ROOT = pathlib.Path(__file__).resolve().parents[3]
PACKAGE = pathlib.Path(gluino.__file__).parent

RIGHT = """
import gluino as mx
import numpy as np
from gluino import autograd, nd, sym

x = nd.array([[1, 2], [3, 4]])
y: nd.NDArray = nd.FullyConnected(x, nd.ones((3, 2)), no_bias=True, num_hidden=np.int64(3))
z = nd.relu(nd.sum(y, axis=(0, 1)) + 1)
nd.Activation(z, act_type="relu", out=z)
parts = nd.split(x, num_outputs=2)
s = sym.FullyConnected(sym.var("data"), num_hidden=3, name="fc", lr_mult=2)
t: sym.Symbol = sym.Concat(s, s, dim=1)
with autograd.record():
    q = (x * 2).exp()
rows: tuple[int, ...] = mx.nd.clip(x, a_min=0, a_max=1.5).shape
"""
WRONG = ["nd.relu(3)", "nd.relu(x, foo=3)", "nd.Activation(x, act_type='rleu')",
         "nd.FullyConnected(x, num_hidden='3')", "sym.relu(x)"]


def test_stubs_are_those_of_the_registry():
    script = ROOT / "python" / "tools" / "make_stubs.py"
    found = subprocess.run([sys.executable, str(script), "--check"], capture_output=True, text=True,
                           env={**os.environ, "PYTHONPATH": str(PACKAGE.parent)})
    assert found.returncode == 0, found.stderr


def test_the_package_says_that_it_has_types():
    assert (PACKAGE / "py.typed").exists()
    assert (PACKAGE / "ndarray" / "op.pyi").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="the cache folder is /dev/null")
def test_programs_are_checked(tmp_path):
    pytest.importorskip("mypy")
    program = tmp_path / "program.py"
    environment = dict(os.environ)
    if "site-packages" not in PACKAGE.parts:
        environment["MYPYPATH"] = str(PACKAGE.parent)

    def errors(text):
        program.write_text(text)
        found = subprocess.run(
            [sys.executable, "-m", "mypy", "--follow-imports=silent", "--cache-dir",
             str(tmp_path / "cache"), str(program)],
            capture_output=True, text=True, cwd=tmp_path, env=environment)
        return [line for line in found.stdout.splitlines() if ": error: " in line]

    assert errors(RIGHT) == []
    lines = "".join(f"{line}\n" for line in WRONG)
    found = errors("from gluino import nd, sym\nx = nd.ones((2,))\n" + lines)
    assert [int(line.split(":")[1]) - 2 for line in found] == [1, 2, 3, 4]
