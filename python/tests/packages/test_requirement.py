"""The wheel named mxnet asks for this very Gluino: an index has another project of that name."""
import re
from pathlib import Path

ROOT = Path(__file__).parents[3]


def test_wheel_mxnet_requires_this_version():
    version = re.search(r'^version = "(.+)"$', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)[1]
    assert f'dependencies = ["gluino=={version}"]' in (ROOT / "python/mxnet/pyproject.toml").read_text()
