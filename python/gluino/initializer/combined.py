"""Initializers that leave the work to others."""
import logging
import re

from ..ndarray import load

__all__ = ["Load", "Mixed"]


class Load:
    """Copies the array of the parameter's name ("arg:" and "aux:" before a name mean nothing), and
    leaves the others to `default_init`.

    Parameters
    ----------
    param : a dictionary of arrays by name, or a file of one.
    default_init : for names that are missing; without, such a name is an AssertionError, as an
        array of another shape is.
    verbose : whether each array is told of in the log.
    """

    def __init__(self, param, default_init=None, verbose=False):
        if isinstance(param, str):
            param = load(param)
        assert isinstance(param, dict), (
            f"param: expected a dictionary of arrays or a file of one, got "
            f"{type(param).__name__}")
        self.param = {name[4:] if name.startswith(('arg:', 'aux:')) else name: each
                      for name, each in param.items()}
        self.default_init = default_init
        self.verbose = verbose

    def __call__(self, name, arr):
        """Fills `arr`."""
        if name in self.param:
            loaded = self.param[name]
            assert arr.shape == loaded.shape, (
                f"{name}: expected shape {arr.shape}, but the array loaded has "
                f"{loaded.shape}")
            arr[:] = loaded
            how = 'by loading'
        else:
            assert self.default_init is not None, (
                f"{name} is not among the arrays loaded, and there is no "
                "initializer for those that are missing")
            self.default_init(name, arr)
            how = 'by default'
        if self.verbose:
            logging.info('Initialized %s %s', name, how)


class Mixed:
    """Leaves each parameter to the initializer of the first pattern that matches the beginning of
    its name, a regular expression: `Mixed(['bias', '.*'], [Zero(), Uniform(0.1)])`.

    A name that no pattern matches is a ValueError.
    """

    def __init__(self, patterns, initializers):
        assert len(patterns) == len(initializers), (
            f"expected an initializer for each of {len(patterns)} patterns, got "
            f"{len(initializers)}")
        self.map = [(re.compile(pattern), each) for pattern, each in zip(patterns, initializers)]

    def __call__(self, name, arr):
        """Fills `arr`."""
        for pattern, init in self.map:
            if pattern.match(name):
                init(name, arr)
                return
        raise ValueError(f'no pattern matches the parameter {name}; add ".*" as the last one')
