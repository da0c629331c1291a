"""The variables of the environment, as docs/coming_from_mxnet.md lists them."""
import pathlib
import re

import pytest

ROOT = pathlib.Path(__file__).parents[3]
READ = re.compile(r'(?:getenv|environment|environ\.get)\(\s*["\']((?:GLUINO|MXNET)_\w+)["\']')


def test_every_variable_that_is_read_is_documented():
    places = (('gluino', '*.cc'), ('apps', '*.cc'), ('python/gluino', '*.py'))
    sources = [path for folder, ending in places for path in (ROOT / folder).rglob(ending)]
    if not any(path.suffix == '.cc' for path in sources):
        pytest.skip('there is no source of the library beside the tests')
    read = {name for path in sources for name in READ.findall(path.read_text(encoding='utf-8'))}
    page = (ROOT / 'docs/coming_from_mxnet.md').read_text(encoding='utf-8')
    table = page.split('## The environment')[1]
    listed = set(re.findall(r'^\| `(\w+)', table, re.MULTILINE))
    assert read == listed
