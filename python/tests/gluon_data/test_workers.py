"""What becomes of processes when things go wrong. Nothing hangs, and nothing is left behind."""
import gc
import multiprocessing
import os
import signal
import subprocess
import sys
import textwrap
import time

import numpy as np
import pytest

import gluino as mx
from gluino.gluon import data


@pytest.fixture(autouse=True)
def nothing_is_left():
    def left():
        gc.collect()
        with open('/proc/self/maps', encoding='utf-8') as maps:
            shared = sum('gluino-batch' in line for line in maps)
        return shared, len(multiprocessing.active_children()), len(os.listdir('/proc/self/fd'))

    before = left()
    yield
    for _ in range(100):
        after = left()
        if all(now <= then for now, then in zip(after, before)):
            return
        time.sleep(0.02)
    assert after == before, 'shared memory, processes, open files'


def numbers(fn=float, count=40):
    return data.SimpleDataset(list(range(count))).transform(fn)


class Odd(Exception):
    """With arguments that do not survive pickling."""

    def __init__(self, one, two):
        super().__init__(f'{one} and {two}')


def test_exceptions_arrive_with_the_workers_traceback():
    def breaks(x):
        if x == 17:
            raise KeyError('what the transform says')
        return x

    for workers in (0, 1, 3):
        loader = iter(data.DataLoader(numbers(breaks), 5, num_workers=workers))
        for _ in range(3):
            next(loader)
        with pytest.raises(KeyError, match='what the transform says') as caught:
            next(loader)
        if workers:
            assert 'in breaks' in str(caught.value.__cause__)
        with pytest.raises(StopIteration):
            next(loader)


def test_exceptions_that_cannot_be_pickled_arrive_as_text():
    def breaks(x):
        raise Odd('this', 'that')

    with pytest.raises(RuntimeError, match='Odd: this and that'):
        list(data.DataLoader(numbers(breaks), 5, num_workers=1))


def test_stop_iteration_does_not_end_an_epoch():
    def stops(x):
        return x if x < 7 else next(iter(()))

    for workers in (0, 2):
        with pytest.raises(RuntimeError, match='StopIteration'):
            list(data.DataLoader(numbers(stops), 5, num_workers=workers))


def test_handlers_of_the_program_are_not_the_workers():
    def hangs(x):
        time.sleep(1000)

    before = signal.signal(signal.SIGTERM, signal.SIG_IGN)
    try:
        with pytest.raises(multiprocessing.TimeoutError):
            list(data.DataLoader(numbers(hangs), 5, num_workers=1, timeout=0.2))
    finally:
        signal.signal(signal.SIGTERM, before)


def test_an_epoch_after_an_exception(tmp_path):
    been = tmp_path / 'been'

    def breaks_at_first(x):
        if x == 3 and not been.exists():
            been.touch()
            raise ValueError('once')
        return x

    loader = data.DataLoader(numbers(breaks_at_first), 5, num_workers=2)
    with pytest.raises(ValueError):
        list(loader)
    assert len(list(loader)) == 8


def test_left_early():
    loader = data.DataLoader(numbers(), 2, num_workers=2)
    for _ in range(3):
        for _ in loader:
            break
    assert len(list(loader)) == 20


def test_killed_worker():
    def dies(x):
        if x == 11:
            os.kill(os.getpid(), signal.SIGKILL)
        return x

    with pytest.raises(RuntimeError, match='SIGKILL'):
        list(data.DataLoader(numbers(dies), 5, num_workers=2))


def test_exiting_worker():
    def leaves(x):
        if x == 11:
            os._exit(3)
        return x

    with pytest.raises(RuntimeError, match='status 3'):
        list(data.DataLoader(numbers(leaves), 5, num_workers=2))


def test_timeout_ends_the_workers():
    def hangs(x):
        time.sleep(1000)

    start = time.monotonic()
    with pytest.raises(multiprocessing.TimeoutError, match='timeout'):
        list(data.DataLoader(numbers(hangs), 5, num_workers=2, timeout=0.3))
    assert time.monotonic() - start < 5


def test_timeout_of_threads():
    loader = data.DataLoader(numbers(lambda x: time.sleep(0.3) or x, 2), 2, num_workers=1,
                             thread_pool=True, timeout=0.1)
    with pytest.raises(multiprocessing.TimeoutError):
        list(loader)


def test_large_and_unlike_batches():
    dataset = data.SimpleDataset([np.full((n * 1000,), n, dtype='float32') for n in range(1, 30)])
    loader = data.DataLoader(dataset, 1, num_workers=2)
    for n, batch in enumerate(loader, 1):
        assert batch.shape == (1, n * 1000)
        assert (batch.asnumpy() == n).all()


def test_batches_stay_when_others_come():
    loader = data.DataLoader(numbers(), 4, num_workers=1)
    batches = list(loader)
    np.testing.assert_array_equal(np.concatenate([b.asnumpy() for b in batches]), np.arange(40))


def test_many_loaders():
    for _ in range(20):
        assert len(list(data.DataLoader(numbers(count=6), 3, num_workers=1))) == 2


def run(program, **options):
    return subprocess.run([sys.executable, '-c', textwrap.dedent(program)], timeout=60, text=True,
                          capture_output=True, check=False, **options)


def test_a_program_that_ends_in_the_middle():
    result = run('''
        from gluino.gluon import data
        loader = data.DataLoader(data.SimpleDataset(list(range(100))), 2, num_workers=2)
        for batch in loader:
            print(batch.shape)
            break
    ''')
    assert result.returncode == 0 and result.stdout == '(2,)\n' and result.stderr == ''


def test_a_transform_that_hangs_in_a_thread_does_not_keep_the_program():
    began = time.monotonic()
    result = run('''
        import multiprocessing, time
        from gluino.gluon import data
        dataset = data.SimpleDataset(list(range(100))).transform(lambda x: time.sleep(100))
        try:
            list(data.DataLoader(dataset, 2, num_workers=2, thread_pool=True, timeout=0.1))
        except multiprocessing.TimeoutError:
            print('gave up')
    ''')
    assert result.returncode == 0 and result.stdout == 'gave up\n' and result.stderr == ''
    assert time.monotonic() - began < 30


def test_a_killed_program_takes_its_workers_along():
    result = run('''
        import os, signal
        from gluino.gluon import data
        dataset = data.SimpleDataset(list(range(100))).transform(lambda x: (x, os.getpid()))
        loader = data.DataLoader(dataset, 2, num_workers=2)
        pids = set()
        for x, pid in loader:
            pids.update(pid.asnumpy().tolist())
            if len(pids) == 2:
                print(*pids, flush=True)
                os.kill(os.getpid(), signal.SIGKILL)
    ''')
    assert result.returncode == -signal.SIGKILL
    pids = [int(pid) for pid in result.stdout.split()]
    assert len(pids) == 2
    for _ in range(100):
        if not any(is_running(pid) for pid in pids):
            return
        time.sleep(0.05)
    raise AssertionError('workers are still there')


def is_running(pid):
    try:
        with open(f'/proc/{pid}/stat', encoding='ascii') as stat:
            return stat.read().rsplit(')', 1)[1].split()[0] != 'Z'
    except FileNotFoundError:
        return False


def test_interrupted():
    def interrupts(x):
        if x == 7:
            os.kill(os.getppid(), signal.SIGINT)
            time.sleep(0.5)
        return x

    with pytest.raises(KeyboardInterrupt):
        list(data.DataLoader(numbers(interrupts), 5, num_workers=1))


def test_fork_of_the_program():
    loader = data.DataLoader(numbers(), 4, num_workers=2)
    epoch = iter(loader)
    next(epoch)
    pid = os.fork()
    if pid == 0:
        try:
            os._exit(0 if len(list(loader)) == 10 else 1)
        except BaseException:  # pylint: disable=broad-except
            os._exit(2)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    assert len(list(epoch)) == 9
    assert mx.nd.ones((1,)).asscalar() == 1
