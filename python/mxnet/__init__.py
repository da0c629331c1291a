"""MXNet's name for Gluino: programs that import mxnet run on Gluino, unchanged.

`mxnet.gluon` and all other modules are those of the package gluino, the same objects.
"""
import importlib as _importlib
import importlib.abc as _abc
import importlib.util as _util
import multiprocessing.pool as _pool  # noqa: F401  programs find it loaded: sockeye's data_io
import sys as _sys

import gluino as _gluino
from gluino.libinfo import MXNET_VERSION as __version__  # noqa: F401


class _SameModules(_abc.MetaPathFinder, _abc.Loader):
    """Finds mxnet.x as the module gluino.x."""

    def find_spec(self, fullname, path=None, target=None):
        if not fullname.startswith(__name__ + "."):
            return None
        ours = "gluino" + fullname[len(__name__):]
        try:
            found = _util.find_spec(ours)
        except ModuleNotFoundError:
            return None
        if found is None:
            return None
        is_package = found.submodule_search_locations is not None
        return _util.spec_from_loader(fullname, self, is_package=is_package)

    def create_module(self, spec):
        module = _importlib.import_module("gluino" + spec.name[len(__name__):])
        # The import system writes its own notes into what it gets; they are put back afterwards.
        spec.loader_state = module.__spec__
        return module

    def exec_module(self, module):
        spec = module.__spec__
        if spec.loader_state is not None:
            module.__spec__ = spec.loader_state


_sys.meta_path.insert(0, _SameModules())


def __getattr__(name):
    value = getattr(_gluino, name)
    # Modules with two names are found under both: mxnet.nd is mxnet.ndarray.
    if isinstance(value, type(_sys)) and value.__name__.startswith("gluino."):
        _sys.modules.setdefault(__name__ + value.__name__[len("gluino"):], value)
    # Looking here again for each mx.nd of a loop would take longer than a small operator does.
    if callable(value) or isinstance(value, type(_sys)):
        globals()[name] = value
    return value


def __dir__():
    return dir(_gluino)
