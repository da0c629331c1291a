"""Surroundings of tests: contexts, environment variables, exceptions, standard error."""

import functools
import os
import platform
import sys
from contextlib import contextmanager, redirect_stderr

import numpy as np

from .. import _core
from ..context import current_context
from ..io import DataIter


def default_context():
    """Where tests run: the current context."""
    return current_context()


def set_default_context(ctx):
    """Has all that names no context run at `ctx` from now on."""
    _core.set_context(ctx)


default_device = default_context
set_default_device = set_default_context


def default_dtype():
    """The type of numbers that tests use unless told otherwise."""
    return np.float32


@contextmanager
def environment(*args):
    """Sets environment variables, which native code sees, within a ``with``: a name and a value, or
    a dictionary. None unsets one. On leaving they are as they were."""
    if len(args) not in (1, 2):
        raise ValueError(f"expected a name and a value, or a dictionary, got {args!r}")
    changes = args[0] if len(args) == 1 else {args[0]: args[1]}
    before = {name: os.environ.get(name) for name in changes}
    try:
        _set_variables(changes)
        yield
    finally:
        _set_variables(before)


def _set_variables(values):
    for name, value in values.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = str(value)


@contextmanager
def discard_stderr():
    """Drops what is written to standard error, by native code too, within a ``with``."""
    sys.stderr.flush()
    kept = os.dup(2)
    try:
        with open(os.devnull, "w", encoding="utf-8") as nothing:
            os.dup2(nothing.fileno(), 2)
            with redirect_stderr(nothing):
                yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)


def assert_exception(f, exception_type, *args, **kwargs):
    """Raises AssertionError unless ``f(*args, **kwargs)`` raises an `exception_type`."""
    try:
        f(*args, **kwargs)
    except exception_type:
        return
    raise AssertionError(f"expected {exception_type.__name__}, and nothing was raised")


def retry(n):
    """A decorator for tests that fail by chance: up to `n` times an AssertionError is followed by
    another try."""
    assert n > 0, f"expected at least one try, got {n}"

    def decorate(test):
        @functools.wraps(test)
        def run(*args, **kwargs):
            for _ in range(n - 1):
                try:
                    return test(*args, **kwargs)
                except AssertionError:
                    pass
            return test(*args, **kwargs)
        return run
    return decorate


def is_cd_run():
    """Whether a pipeline that publishes runs the tests."""
    return os.environ.get("CD_JOB", "0") == "1"


def is_aarch64_run():
    """Whether the processor is a 64-bit ARM."""
    return platform.machine() == "aarch64"


def has_tvm_ops():
    """Whether operators compiled by TVM are there: never."""
    return False


def is_op_runnable():
    """Whether operators compiled by TVM would run where the tests run: on a processor always."""
    return True


class DummyIter(DataIter):
    """Gives the first batch of another iterator without end, to measure all but the loading."""

    def __init__(self, real_iter):
        super().__init__()
        self.real_iter = real_iter
        self.provide_data = real_iter.provide_data
        self.provide_label = real_iter.provide_label
        self.batch_size = real_iter.batch_size
        self.the_batch = next(iter(real_iter))

    def next(self):
        """The one batch."""
        return self.the_batch
