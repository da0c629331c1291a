"""Processes that make batches for a DataLoader.

They are forked, so that a data set needs no pickling, and talk to the loader by one socket each.
A batch comes in shared memory without a name (`_parcel.py`), which the loader makes before the
fork. So nothing is left behind however either side ends, and a process that ends is noticed
because its socket closes.
"""
import collections
import itertools
import multiprocessing
import os
import pickle
import random
import select
import signal
import socket
import struct
import threading
import time
import traceback
import warnings
import weakref

import numpy as np

from ... import autograd
from ..._core import gluon_data as _native
from ._parcel import SharedMemory

# What an answer says: its ticket, whether it is an error, in which of the worker's places it
# lies, and the bytes there of its structure and of all.
_ANSWER = struct.Struct('<q?qqq')
_LENGTH = struct.Struct('<q')
# How long a worker may take to finish what it is at before it is ended.
_GRACE_SECONDS = 0.2

_pools: weakref.WeakSet = weakref.WeakSet()


def _forget_pools():
    # A child inherits the sockets; while it kept them, workers would not hear that their parent
    # has ended.
    for pool in list(_pools):
        pool.forget()


os.register_at_fork(after_in_child=_forget_pools)


class RemoteTraceback(Exception):
    """The traceback in a worker of an exception; its cause in this process."""

    def __init__(self, text):
        super().__init__(text)
        self.text = text

    def __str__(self):
        return f'\n"""\n{self.text}"""'


def portable(error):
    """`error` with its traceback as text; as a RuntimeError if it does not survive pickling."""
    text = ''.join(traceback.format_exception(type(error), error, error.__traceback__))
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:  # pylint: disable=broad-except; whatever the class does wrong
        error = RuntimeError(f'{type(error).__name__}: {error}')
    return error, text


def _receive(connection, size):
    """Exactly `size` bytes; None when the other side has gone."""
    parts = bytearray()
    while len(parts) < size:
        try:
            part = connection.recv(size - len(parts))
        except ConnectionError:
            return None
        if not part:
            return None
        parts += part
    return bytes(parts)


def _seed(epoch_seed, batch):
    """Random numbers that a user's transform draws follow from epoch and batch, not from which
    worker makes it."""
    seed = _native.mix(epoch_seed, batch)
    random.seed(seed)
    np.random.seed(seed % 2**32)
    _native.seed_quietly(seed % 2**63)


def _serve(connection, make, places):
    """What a worker does: makes batches until the socket closes."""
    # The parent decides what Ctrl-C means, and its end closes the socket.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # A handler of the program's own is not the worker's.
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    for number in itertools.count():
        header = _receive(connection, _LENGTH.size)
        task = header and _receive(connection, *_LENGTH.unpack(header))
        if not task:
            return
        ticket, batch, epoch_seed, indices = pickle.loads(task)
        slot = number % len(places)
        failed = False
        try:
            _seed(epoch_seed, batch)
            with autograd.pause():
                sizes = places[slot].write(make(indices, epoch_seed))
        except Exception as error:  # pylint: disable=broad-except; it is the parent's to handle
            failed = True
            sizes = places[slot].write(portable(error))
        try:
            connection.sendall(_ANSWER.pack(ticket, failed, slot, *sizes))
        except OSError:
            return


class _Worker:
    """A process, as its parent sees it."""

    def __init__(self, make, slots):
        self.connection, theirs = socket.socketpair()
        self.outstanding = collections.deque()
        self.places = [SharedMemory() for _ in range(slots)]
        context = multiprocessing.get_context('fork')
        self.process = context.Process(target=_Worker._run, args=(self, theirs, make),
                                       daemon=True)
        with warnings.catch_warnings():
            # Python warns of threads, such as those of the library, which survives a fork.
            warnings.simplefilter('ignore', DeprecationWarning)
            self.process.start()
        theirs.close()

    def _run(self, theirs, make):
        self.connection.close()
        _serve(theirs, make, self.places)

    def send(self, task):
        message = pickle.dumps(task, protocol=pickle.HIGHEST_PROTOCOL)
        try:
            self.connection.sendall(_LENGTH.pack(len(message)) + message)
        except OSError:
            raise self.death() from None
        self.outstanding.append(task[0])

    def receive(self):
        """The ticket of an answer, whether it is an error, and what it holds."""
        data = _receive(self.connection, _ANSWER.size)
        if data is None:
            raise self.death()
        ticket, failed, slot, length, size = _ANSWER.unpack(data)
        self.outstanding.popleft()
        return ticket, failed, self.places[slot].read(length, size)

    def death(self):
        """The error that says how the process ended."""
        self.process.join(_GRACE_SECONDS)
        code = self.process.exitcode
        how = f'ended with status {code}'
        if code is None:
            how = 'does not answer'
        elif code < 0:
            how = f'was killed by {signal.Signals(-code).name}'
        return RuntimeError(f'DataLoader worker (process {self.process.pid}) {how}; '
                            'its batch is lost, and the epoch ends here')

    def close(self):
        self.connection.close()
        for place in self.places:
            place.close()


class WorkerPool:
    """Processes that run `make(indices, epoch_seed)`. A task is given to the one that has the
    fewest; what comes back waits here for the iterator whose ticket it has."""

    def __init__(self, make, workers, ahead):
        # A worker writes into one place while others wait to be read.
        self._slots = -(-ahead.batches // workers) + 1
        self._timeout = ahead.timeout
        self._tickets = itertools.count()
        self._answers = {}
        self._abandoned = set()
        self._workers = []
        self._lock = threading.Lock()
        _pools.add(self)
        try:
            for _ in range(workers):
                self._workers.append(_Worker(make, self._slots))
        except BaseException:
            self.close()
            raise

    def submit(self, batch, epoch_seed, indices):
        """Has a batch made; returns its ticket."""
        with self._lock:
            self._check_open()
            ticket = next(self._tickets)
            worker = self._or_close(self._free_worker)
            self._or_close(worker.send, (ticket, batch, epoch_seed, indices))
            return ticket

    def _free_worker(self):
        """The one that has the fewest tasks. It has a place for one more: what it made before,
        maybe for an epoch that was left, is read first."""
        deadline = time.monotonic() + self._timeout
        while True:
            worker = min(self._workers, key=lambda w: len(w.outstanding))
            if len(worker.outstanding) < self._slots:
                return worker
            self._wait(deadline)

    def get(self, ticket):
        """What has the ticket. Throws what making it threw, its traceback as its cause;
        multiprocessing.TimeoutError when that takes too long."""
        deadline = time.monotonic() + self._timeout
        with self._lock:
            while ticket not in self._answers:
                self._check_open()
                self._or_close(self._wait, deadline)
            failed, value = self._answers.pop(ticket)
        if failed:
            error, text = value
            error.__cause__ = RemoteTraceback(text)
            raise error
        return value

    def abandon(self, tickets):
        """Nobody will ask for these."""
        for ticket in tickets:
            if self._answers.pop(ticket, None) is None:
                self._abandoned.add(ticket)

    def _check_open(self):
        if not self._workers:
            raise RuntimeError('the workers of this DataLoader have ended; begin another epoch')

    def _or_close(self, call, *args):
        try:
            return call(*args)
        except BaseException:  # Ctrl-C, too, may have come in the middle of an answer
            self.close()
            raise

    def _wait(self, deadline):
        left = deadline - time.monotonic()
        poll = select.poll()
        by_fd = {}
        for worker in self._workers:
            by_fd[worker.connection.fileno()] = worker
            poll.register(worker.connection, select.POLLIN)
        ready = poll.poll(max(0, left) * 1000)
        if not ready:
            raise multiprocessing.TimeoutError(
                f'DataLoader: no batch within {self._timeout} seconds; give a larger timeout if '
                'making one takes longer')
        for fd, _ in ready:
            ticket, failed, value = by_fd[fd].receive()
            if ticket in self._abandoned:
                self._abandoned.discard(ticket)
            else:
                self._answers[ticket] = failed, value

    @property
    def is_open(self):
        """Whether there are workers."""
        return bool(self._workers)

    def forget(self):
        """In a process that was forked: the workers are its parent's."""
        for worker in self._workers:
            worker.close()
        self._workers = []

    def close(self):
        """Ends the processes, and waits for that."""
        workers, self._workers = self._workers, []
        for worker in workers:
            worker.close()
        deadline = time.monotonic() + _GRACE_SECONDS
        for worker in workers:
            worker.process.join(max(0, deadline - time.monotonic()))
        for end in ('terminate', 'kill'):
            late = [worker for worker in workers if worker.process.is_alive()]
            for worker in late:
                getattr(worker.process, end)()
            for worker in late:
                worker.process.join(_GRACE_SECONDS)
        for worker in workers:
            if not worker.process.is_alive():
                worker.process.close()
