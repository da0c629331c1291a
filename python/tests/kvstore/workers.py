"""Runs programs as several processes under mpirun."""
import os
import shutil
import subprocess
import sys
import textwrap
import time

import pytest

needs_mpirun = pytest.mark.skipif(shutil.which('mpirun') is None,
                                  reason='there is no mpirun: openmpi-bin is not installed')

_ENVIRONMENT = {'OMPI_ALLOW_RUN_AS_ROOT': '1', 'OMPI_ALLOW_RUN_AS_ROOT_CONFIRM': '1',
                'GLUINO_NUM_THREADS': '1'}


def run_workers(count, *command, timeout=150):
    """How a command of Python ends as so many processes, and the seconds that took: the result of
    subprocess.run, its output and errors together."""
    environment = {**os.environ, **_ENVIRONMENT}
    # The tests of a sanitized build preload its libraries into Python, not into mpirun.
    preload = environment.pop('LD_PRELOAD', None)
    passed = ['-x', f'LD_PRELOAD={preload}'] if preload else []
    begin = time.monotonic()
    ended = subprocess.run(
        ['mpirun', '-n', str(count), '--oversubscribe', '--bind-to', 'none', *passed,
         sys.executable, *map(str, command)],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=timeout, env=environment)
    return ended, time.monotonic() - begin


def run_lines(count, lines):
    """The same for lines of a program, which find `mx`, `nd`, `time` and a "dist_sync" store `kv`."""
    head = 'import os, sys, time\nimport gluino as mx\nfrom gluino import nd\n' \
           "kv = mx.kv.create('dist_sync')\n"
    return run_workers(count, '-c', head + textwrap.dedent(lines))


def check_lines(count, lines):
    """The same, where all is to go well."""
    ended, _ = run_lines(count, lines)
    assert ended.returncode == 0, ended.stdout
