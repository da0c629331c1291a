"""What the documents show and name of Python is there."""
import pathlib
import re
import struct

import numpy as np
import pytest

import mxnet as mx

ROOT = pathlib.Path(__file__).parents[3]
PAGES = [ROOT / 'README.md', ROOT / 'CONTRIBUTING.md', *sorted((ROOT / 'docs').rglob('*.md'))]
# Pages that tests of their own hold to the package, and what CONTRIBUTING adds as an example.
OTHERS = {'compatibility.md'}
EXAMPLES = {'mx.nd.leaky', 'mx.sym.leaky'}


def programs(page):
    text = (ROOT / 'docs' / page).read_text(encoding='utf-8')
    return re.findall(r'```python\n(.*?)```', text, re.DOTALL)


def test_the_program_of_the_page_on_python_learns():
    names = {}
    exec(programs('python.md')[0], names)  # pylint: disable=exec-used
    assert names['value'].mean().asscalar() < 0.15


def test_the_program_of_several_processes_runs_alone(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    pixels, digits = rng.integers(0, 256, (200, 28, 28)), rng.integers(0, 10, 200)
    pathlib.Path('train-images-idx3-ubyte').write_bytes(
        struct.pack('>4I', 0x803, *pixels.shape) + pixels.astype(np.uint8).tobytes())
    pathlib.Path('train-labels-idx1-ubyte').write_bytes(
        struct.pack('>2I', 0x801, len(digits)) + digits.astype(np.uint8).tobytes())
    net = mx.gluon.nn.Dense(10)
    net.initialize()
    names = {'net': net, 'entropy': mx.gluon.loss.SoftmaxCrossEntropyLoss()}
    exec(programs('processes.md')[0], names)  # pylint: disable=exec-used
    assert pathlib.Path('net.params').stat().st_size > 31400


@pytest.mark.parametrize('page', [page for page in PAGES if page.name not in OTHERS],
                         ids=lambda page: page.name)
def test_names_are_there(page):
    text = re.sub(r'```(?!python).*?```', '', page.read_text(encoding='utf-8'), flags=re.DOTALL)
    for name in sorted(set(re.findall(r'\bmx(?:\.[A-Za-z_]\w*)+', text)) - EXAMPLES):
        found = mx
        for part in name.split('.')[1:]:
            found = getattr(found, part)
