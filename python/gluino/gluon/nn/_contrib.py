"""Layers of `gluon.contrib` that in 2.0 are among the others."""
import importlib

_ROOMS = {'SyncBatchNorm': 'nn', 'DeformableConvolution': 'cnn',
          'ModulatedDeformableConvolution': 'cnn'}


def contrib_layers(module, *layers):
    """The `__getattr__` of a module that has these layers, too: theirs build on it, so that they
    are looked up when they are asked for."""
    def of_contrib(name):
        if name not in layers:
            raise AttributeError(f'module {module!r} has no attribute {name!r}')
        return getattr(importlib.import_module(f'...contrib.{_ROOMS[name]}', __name__), name)

    return of_contrib
