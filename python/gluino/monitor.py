"""Looking into a network while it trains."""

import logging
import re
from math import sqrt

import numpy as np

from . import autograd
from . import ndarray as nd
from .base import py_str
from .ndarray import NDArray
from .ndarray._printing import as_mxnet_prints

__all__ = ["Monitor"]


def _norm_of_an_element(array):
    # Labels and indices may be whole numbers, which have no norm of their type.
    is_whole = array.dtype != "bfloat16" and np.dtype(array.dtype).kind in "biu"
    return nd.norm(array.astype("float64") if is_whole else array) / sqrt(array.size)


def _text_of(value):
    with as_mxnet_prints():
        return str(value.asscalar() if value.shape == (1,) else value.asnumpy())


class Monitor:
    """Says for every so-many-th batch how large the outputs (``fc1_output``), gradients
    (``fc1_backward_weight``), and arguments (``fc1_weight``) of a network are.

    Parameters
    ----------
    interval : int
        How many batches lie between those that are looked at.
    stat_func : callable, optional
        Takes an array, gives an array or a list of them. By default the norm divided by the square
        root of the size.
    pattern : str
        A regular expression; of all names those are looked at which it matches from their
        beginning on.
    sort : bool
        Whether to order the lines of a batch by name.
    monitor_all : bool
        Whether to look also at the inputs of every node.
    """

    def __init__(self, interval, stat_func=None, pattern=".*", sort=False, monitor_all=False):
        self.interval = interval
        self.stat_func = _norm_of_an_element if stat_func is None else stat_func
        self.re_prog = re.compile(pattern)
        self.sort = sort
        self.monitor_all = monitor_all
        self.activated = False
        self.queue = []
        self.step = 0
        self.exes = []

    def stat_helper(self, name, array):
        """What executors call while they compute."""
        name = py_str(name)
        if not self.activated or not self.re_prog.match(name):
            return
        with autograd.pause():
            self.queue.append((self.step, name, self.stat_func(array)))

    def install(self, exe):
        """Watches an executor, too."""
        exe.set_monitor_callback(self.stat_helper, self.monitor_all)
        self.exes.append(exe)

    def set_aside(self, exe):
        """No longer tells of an executor that has given way to another."""
        self.exes = [known for known in self.exes if known is not exe]

    def tic(self):
        """To be called before the forward of each batch."""
        if self.step % self.interval == 0:
            self.queue = []
            self.activated = True
        self.step += 1

    def toc(self):
        """To be called after the update of each batch.

        Returns
        -------
        list of (int, str, str)
            What was seen if this batch was to be looked at: its number, from 1 on, the array's
            name, and the statistic as text.
        """
        if not self.activated:
            return []
        for exe in self.exes:
            for name, array in (*exe.arg_dict.items(), *exe.aux_dict.items()):
                self.stat_helper(name, array)
        self.activated = False
        seen, self.queue = self.queue, []
        if self.sort:
            seen.sort(key=lambda entry: entry[1])
        lines = []
        for step, name, values in seen:
            values = list(values) if isinstance(values, (list, tuple)) else [values]
            for value in values:
                if not isinstance(value, NDArray):
                    raise TypeError(
                        f"Monitor: the statistic of {name} is a {type(value).__name__}; "
                        "stat_func must give an NDArray or a list of them"
                    )
            lines.append((step, name, "".join(_text_of(value) + "\t" for value in values)))
        return lines

    def toc_print(self):
        """``toc``, written to the log: ``Batch:       1 fc1_weight                     0.1``."""
        for step, name, text in self.toc():
            logging.info("Batch: {:7d} {:30s} {:s}".format(step, name, text))
