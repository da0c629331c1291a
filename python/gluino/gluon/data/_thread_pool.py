"""Threads of Python that make batches."""
import atexit
import concurrent.futures
import os
import queue
import threading
import time
import weakref

_SECONDS_AT_END = 2
_all: weakref.WeakSet = weakref.WeakSet()


class ThreadPool:
    """`count` threads that call functions, as a ThreadPoolExecutor has them. But a program's end does
    not wait for what they are at, which may be a transform that hangs."""

    def __init__(self, count):
        self._tasks = queue.SimpleQueue()
        self._pid = os.getpid()
        self._threads = [threading.Thread(target=_work, args=(self._tasks,), daemon=True,
                                          name=f'gluino-loader_{i}') for i in range(count)]
        for thread in self._threads:
            thread.start()
        _all.add(self)

    def submit(self, function, *args):
        """Has function(*args) called; its Future."""
        result = concurrent.futures.Future()
        self._tasks.put((result, function, args))
        return result

    def shutdown(self):
        """Lets the threads end after the calls that have begun, and drops the others."""
        while True:
            try:
                task = self._tasks.get_nowait()
            except queue.Empty:
                break
            if task is not None:
                task[0].cancel()
        for _ in self._threads:
            self._tasks.put(None)

    def join(self, until):
        """Waits for the threads to end, but not longer than until that time."""
        for thread in self._threads:
            thread.join(max(0, until - time.monotonic()))

    @property
    def is_of_this_process(self):
        """Whether it was not inherited by a fork, which leaves the threads behind."""
        return self._pid == os.getpid()


def _work(tasks):
    for result, function, args in iter(tasks.get, None):
        if not result.set_running_or_notify_cancel():
            continue
        try:
            value = function(*args)
        except BaseException as error:  # pylint: disable=broad-except
            result.set_exception(error)
        else:
            result.set_result(value)
        # Nothing of this batch is to live until the next one.
        value = result = function = args = None


@atexit.register
def _end_all():
    # A thread that computes while Python ends could not say what it made.
    pools = [pool for pool in _all if pool.is_of_this_process]
    for pool in pools:
        pool.shutdown()
    until = time.monotonic() + _SECONDS_AT_END
    for pool in pools:
        pool.join(until)
