"""Dictionaries of parameters."""

from collections import OrderedDict

import numpy as np

from .. import initializer, ndarray
from ._places import _dtype, _one_of
from .parameter import Constant, Parameter
from .utils import _brief_print_list, _indent


class ParameterDict:
    """Parameters by name, in the order in which they were made. Those of a block are also found by
    structural names, as in 2.0: `net.collect_params()['0.weight']`.

    Parameters
    ----------
    prefix : str
        What `get` puts before names.
    shared : ParameterDict, optional
        Where `get` looks for a parameter before it makes one.
    """

    # The structural names of a block's parameters, as a dictionary or a function that gives one.
    _structure = None

    def __init__(self, prefix='', shared=None):
        self._prefix = prefix
        self._params = OrderedDict()
        self._shared = shared

    def __repr__(self):
        name = self._prefix + ' ' if self._prefix else ''
        content = '\n'.join(_indent(f'  {value!r}', 2) for value in self.values())
        return f'{name}(\n{content}\n)'

    def __getstate__(self):
        state = self.__dict__.copy()
        state.pop('_structure', None)  # it holds the block
        return state

    def __getitem__(self, key):
        found = self._params.get(key)
        if found is None:
            found = self._by_structure().get(key)
        if found is None:
            raise KeyError(key)
        return found

    def __iter__(self):
        return iter(self._params)

    def __contains__(self, key):
        return key in self._params or key in self._by_structure()

    def _by_structure(self):
        """Its parameters under the structural names that 2.0 has ("0.weight"); none unless it was
        taken from a block."""
        names = self._structure
        if names is None:
            return {}
        here = {id(parameter) for parameter in self._params.values()}
        return {name: parameter for name, parameter in (names() if callable(names) else names).items()
                if id(parameter) in here}

    def __len__(self):
        return len(self._params)

    def __bool__(self):
        # An empty one still is a dictionary that was given: `params or default` must not drop it.
        return True

    def items(self):
        """The pairs of name and parameter."""
        return self._params.items()

    def keys(self):
        """The names."""
        return self._params.keys()

    def values(self):
        """The parameters."""
        return self._params.values()

    @property
    def prefix(self):
        """What stands before the names that `get` is given."""
        return self._prefix

    def _get_impl(self, name):
        if name in self._params:
            return self._params[name]
        if self._shared is not None and name in self._shared._params:
            self._params[name] = self._shared._params[name]
            return self._params[name]
        return None

    def get(self, name, **kwargs):
        """The parameter `prefix + name`; if there is none, it is made of the options, which are
        those of Parameter. AssertionError where options contradict what is there."""
        name = self.prefix + name
        found = self._get_impl(name)
        if found is None:
            found = Parameter(name, **kwargs)
            self._params[name] = found
            return found
        for key, wanted in kwargs.items():
            if not hasattr(found, key) or getattr(found, key) is None:
                setattr(found, key, wanted)
                continue
            there = getattr(found, key)
            if key == 'shape' and wanted is not None:
                wanted = (wanted,) if isinstance(wanted, (int, np.integer)) else tuple(wanted)
                merged = _merge_shapes(there, wanted)
                if merged is not None:
                    found._shape = merged
                    continue
            if key == 'dtype' and wanted is not None and _dtype(wanted) == _dtype(there):
                continue
            assert wanted is None or wanted == there, (
                f"Parameter '{name}' is there already with another {key}: {there!r}, not "
                f'{wanted!r}')
        return found

    def get_constant(self, name, value=None):
        """The constant `prefix + name`; if there is none, it is made of `value`, without which that
        is a KeyError. AssertionError where it is there with another value, or is no constant."""
        name = self.prefix + name
        found = self._get_impl(name)
        if found is None:
            if value is None:
                raise KeyError(f"there is no constant '{name}'; pass its value to make one")
            found = Constant(name, value)
            self._params[name] = found
        elif value is not None:
            assert isinstance(found, Constant), f"Parameter '{name}' is there and is no constant"
            given = value.asnumpy() if isinstance(value, ndarray.NDArray) else np.asarray(value)
            there = found.value.asnumpy()
            assert given.shape == there.shape and (given.astype(there.dtype) == there).all(), (
                f"Constant '{name}' is there already with another value")
        return found

    def update(self, other):
        """Adds the parameters of another dictionary. AssertionError where both have another
        parameter of one name."""
        for name, parameter in other.items():
            there = self._params.get(name)
            assert there is None or there is parameter, (
                f"both dictionaries have a parameter '{name}', and they are not the same")
        for name, parameter in other.items():
            self._params[name] = parameter

    def initialize(self, init=initializer.Uniform(), ctx=None, verbose=False, force_reinit=False,
                   device=None):
        """Makes and fills all parameters, in their order; see Parameter.initialize."""
        if verbose and isinstance(init, initializer.Initializer):
            init.set_verbosity(verbose=verbose)
        for parameter in self.values():
            parameter.initialize(None, _one_of(ctx, device), init, force_reinit=force_reinit)

    def zero_grad(self):
        """Sets all gradients to 0."""
        for parameter in self.values():
            parameter.zero_grad()

    def reset_ctx(self, ctx):
        """Moves all parameters to other devices."""
        for parameter in self.values():
            parameter.reset_ctx(ctx)

    def reset_device(self, device):
        """The same under 2.0's name."""
        self.reset_ctx(device)

    def list_ctx(self):
        """The devices of all parameters."""
        assert self._params, 'there are no parameters'
        places = set()
        for parameter in self.values():
            places.update(parameter.list_ctx())
        return list(places)

    def setattr(self, name, value):
        """Sets an attribute of all parameters: `params.setattr('grad_req', 'null')`."""
        for parameter in self.values():
            setattr(parameter, name, value)

    def save(self, filename, strip_prefix=''):
        """Writes all parameters under their names, without `strip_prefix` (ValueError for names
        that do not begin with it). Of several devices it is the mean."""
        arrays = {}
        for name, parameter in self.items():
            if not name.startswith(strip_prefix):
                raise ValueError(f"Parameter '{name}' does not begin with '{strip_prefix}', which "
                                 'is to be left out in the file. Blocks made outside of '
                                 'name_scope(), or parameters shared with another network, have '
                                 'other prefixes')
            arrays[name[len(strip_prefix):]] = parameter._reduce()
        ndarray.save(filename, arrays)

    def load(self, filename, ctx=None, allow_missing=False, ignore_extra=False, restore_prefix='',
             cast_dtype=False, dtype_source='current', device=None):
        """Reads what `save` wrote; see load_dict for the options."""
        loaded = ndarray.load(filename) or {}  # A file of no arrays is read as a list of none.
        assert isinstance(loaded, dict), f'{filename}: holds arrays without names'
        self.load_dict(loaded, _one_of(ctx, device), allow_missing, ignore_extra, restore_prefix,
                       filename, cast_dtype, dtype_source)

    def load_dict(self, param_dict, ctx=None, allow_missing=False, ignore_extra=False,
                  restore_prefix='', filename=None, cast_dtype=False, dtype_source='current',
                  device=None):
        """Takes the values from a dictionary of arrays.

        `restore_prefix` stood before the names once. Names that are missing on one side are an
        AssertionError unless allowed; so are other shapes, and other types unless `cast_dtype`:
        then values are converted, or with `dtype_source='saved'` the parameters.
        """
        where = f'file {filename}' if filename else 'the dictionary'
        for name in self.keys():
            assert name.startswith(restore_prefix), (
                f"Parameter '{name}' does not begin with restore_prefix '{restore_prefix}'")
        loaded = {restore_prefix + _without_kind(name): array
                  for name, array in param_dict.items()}
        if not allow_missing:
            for name in self.keys():
                assert name in loaded, (
                    f"Parameter '{name}' is missing in {where}, which holds "
                    f'{_brief_print_list(loaded) or "none"}. Were the networks given the same prefix?')
        for name, array in loaded.items():
            if name not in self._params:
                assert ignore_extra, (
                    f"Parameter '{name}' of {where} is not needed here, where there are "
                    f'{_brief_print_list(self.keys())}. Pass ignore_extra=True to leave it out')
                continue
            self[name]._load_init(array, _one_of(ctx, device), cast_dtype=cast_dtype,
                                  dtype_source=dtype_source)


def _without_kind(name):
    """Without the "arg:" or "aux:" of files that export wrote."""
    return name[4:] if name.startswith(('arg:', 'aux:')) else name


def _merge_shapes(there, wanted):
    """What both say of a shape, 0 and -1 being nothing; None where they contradict."""
    if len(there) != len(wanted):
        return None
    merged = []
    for a, b in zip(there, wanted):
        if a not in (0, -1) and b not in (0, -1) and a != b:
            return None
        merged.append(b if a in (0, -1) else a)
    return tuple(merged)
