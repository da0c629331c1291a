"""Which data sets and transforms are C++'s, so that its loader can run the whole chain.

A chain that has a link of the user's own runs in Python: a class derived from one of ours that
overrides what its samples are, a lambda, a block with hooks.
"""
from .. import nn
from ..._core import gluon_data as _native


def _definer(cls, name):
    return next((c for c in cls.__mro__ if name in vars(c)), None)


def _is_as_defined(cls, native, names):
    """Whether `cls` inherits the methods `names` from where it has `native` from, or from above."""
    owner = _definer(cls, native)
    return owner is not None and all(
        definer is None or issubclass(owner, definer)
        for definer in (_definer(cls, name) for name in names))


def source_of(dataset):
    """The C++ source that gives the batches of `dataset`; None where only Python can."""
    if not _is_as_defined(type(dataset), '_native_source', ('__getitem__', '__len__')):
        return None
    return dataset._native_source()


def transform_of(fn):
    """The C++ transform that does what `fn` does; None where only Python can."""
    if not hasattr(type(fn), '_native_transform'):
        return _row_of(fn)
    if not _is_as_defined(type(fn), '_native_transform', ('__call__', 'forward', 'hybrid_forward')):
        return None
    if fn._forward_hooks or fn._forward_pre_hooks:
        return None
    return fn._native_transform()


def _row_of(fn):
    """The transform of a Sequential or HybridSequential whose layers are all ours."""
    if type(fn) not in (nn.Sequential, nn.HybridSequential) or fn._forward_hooks or \
            fn._forward_pre_hooks:
        return None
    return all_of(fn)


def all_of(row):
    """The transform that applies those of a block's children in turn; None unless all are ours."""
    transforms = [transform_of(child) for child in row._children.values()]
    return _native.compose(transforms) if transforms and all(transforms) else None
