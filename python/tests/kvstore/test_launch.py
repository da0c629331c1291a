"""gluino-launch and tools/launch: what they ask of mpirun, and what they refuse."""
import os
import pathlib
import subprocess
import sys

import pytest
from gluino import launch
from workers import needs_mpirun

SCRIPT = pathlib.Path(__file__).parents[3] / 'tools/launch'


@pytest.fixture(autouse=True)
def surroundings(monkeypatch):
    for name in [name for name in os.environ if name.startswith(('GLUINO_', 'MXNET_'))]:
        monkeypatch.delenv(name)
    monkeypatch.setattr(os, 'geteuid', lambda: 1000)
    monkeypatch.setattr(os, 'sched_getaffinity', lambda _: range(8))


def test_what_mpirun_is_called_with(monkeypatch, tmp_path):
    plain = ['mpirun', '-n', '3', '--oversubscribe', '--bind-to', 'none']
    command = ['python', 'train.py', '-n', '7', '--kv-store', 'dist_sync']
    assert launch.command_line(['-n', '3', *command]) == [*plain, '-x', 'GLUINO_NUM_THREADS=2', *command]
    assert launch.command_line(['-n', '3', '--launcher', 'local', *command])[-len(command):] == command

    hosts = tmp_path / 'hosts'
    hosts.write_text('# two\nfirst\n\nsecond.example slots=4\n')
    line = launch.command_line(['-n', '3', '-H', str(hosts), '--env', 'A', '--env-worker', 'B:c=d',
                                '--env', 'E=f:g', 'true'])
    # The number of processors of other hosts is not known here.
    assert line == [*plain, '--hostfile', str(hosts), '--map-by', 'node', '-x', 'A', '-x', 'B=c=d',
                    '-x', 'E=f:g', 'true']

    monkeypatch.setenv('GLUINO_NUM_THREADS', '5')
    monkeypatch.setenv('MXNET_HOME', '/data')
    monkeypatch.setattr(os, 'geteuid', lambda: 0)
    line = launch.command_line(['-n', '20', 'true'])
    assert '--allow-run-as-root' in line
    assert line[-5:] == ['-x', 'GLUINO_NUM_THREADS', '-x', 'MXNET_HOME', 'true'] or \
        line[-5:] == ['-x', 'MXNET_HOME', '-x', 'GLUINO_NUM_THREADS', 'true']


def test_servers_are_noted_and_not_started(capsys):
    assert 'servers' not in ' '.join(launch.command_line(['-n', '2', '-s', '2', '--p3', 'true']))
    assert 'there are no servers' in capsys.readouterr().err
    launch.command_line(['-n', '2', '-s', '0', 'true'])
    assert capsys.readouterr().err == ''


@pytest.mark.parametrize('arguments, sentence', [
    (['true'], 'required: -n'),
    (['-n', '2'], 'expected a command'),
    (['-n', '0', 'true'], 'at least 1 worker, got 0'),
    (['-n', 'two', 'true'], "'two'"),
    (['-n', '2', '-s', '-1', 'true'], '0 or more'),
    (['-n', '2', '--launcher', 'yarn', 'true'], 'submit a job that runs mpirun'),
    (['-n', '2', '--launcher', 'sge', 'true'], 'submit a job that runs mpirun'),
    (['-n', '2', '--launcher', 'slurm', 'true'], "'slurm'"),
    (['-n', '2', '--launcher', 'local', '-H', 'hosts', 'true'], 'take one'),
    (['-n', '2', '-H', 'nowhere', 'true'], 'nowhere'),
    (['-n', '2', '--sync-dst-dir', '/tmp/x', 'true'], 'where all hosts see them'),
    (['-n', '2', '--env', '3=4', 'true'], "got '3=4'"),
])
def test_what_is_refused(arguments, sentence, capsys):
    with pytest.raises(SystemExit) as ended:
        launch.main(arguments)
    assert ended.value.code == 2
    assert sentence in capsys.readouterr().err


@pytest.mark.parametrize('text', ['', '# nobody\n', 'one two\n', 'a; rm\n', '\xff'])
def test_files_of_no_hosts(text, tmp_path, capsys):
    hosts = tmp_path / 'hosts'
    hosts.write_bytes(text.encode('latin-1'))
    with pytest.raises(SystemExit):
        launch.command_line(['-n', '2', '-H', str(hosts), 'true'])
    assert str(hosts) in capsys.readouterr().err


def test_without_mpirun(monkeypatch, tmp_path):
    monkeypatch.setenv('PATH', str(tmp_path))
    with pytest.raises(SystemExit, match='apt install openmpi-bin'):
        launch.main(['-n', '2', 'true'])


@needs_mpirun
@pytest.mark.parametrize('way', ['script', 'module'])
def test_starts_workers(way, tmp_path):
    # Lines that both write may reach standard output in pieces of each.
    program = "import gluino as mx, os; kv = mx.kv.create('dist_sync'); " \
              "print('of', kv.num_workers, os.environ['GLUINO_NUM_THREADS'], " \
              f"os.environ['TOLD'], file=open(f'{tmp_path}/{{kv.rank}}', 'w')); kv.barrier()"
    start = [SCRIPT] if way == 'script' else [sys.executable, '-m', 'gluino.launch']
    ended = subprocess.run([*start, '-n', '2', '--env', 'TOLD=yes', sys.executable, '-c', program],
                           capture_output=True, text=True, timeout=120)
    assert ended.returncode == 0, ended.stderr
    share = max(1, int(subprocess.check_output(['nproc'], text=True)) // 2)
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {
        str(i): f'of 2 {share} yes\n' for i in range(2)}


@needs_mpirun
def test_ends_as_the_workers_do():
    ended = subprocess.run([SCRIPT, '-n', '2', sys.executable, '-c', 'import sys; sys.exit(3)'],
                           capture_output=True, timeout=60)
    assert ended.returncode == 3
