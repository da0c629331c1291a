"""Blocks: what networks are made of."""

import itertools
import re
import warnings
from collections import OrderedDict

from .. import initializer
from ..util import is_np_array
from . import _block_files
from ._naming import _BlockScope
from ._nested import arrays_in, is_numpy, is_tracing
from ._summary import Table
from .parameter import Parameter, ParameterDict, _one_of
from .utils import HookHandle, _brief_print_list, _indent, shape_is_known  # noqa: F401

__all__ = ['Block', 'HybridBlock', 'SymbolBlock']

#: Grows whenever some block gets another child, parameter or hook: graphs look whether it was one
#: of theirs.
_changes = itertools.count(1)
_last_change = 0


def _next_change():
    global _last_change
    _last_change = next(_changes)
    return _last_change


class Block:
    """A network or a part of one: parameters, child blocks, and a forward.

    One's own network is a class derived from it; blocks and parameters that are set as attributes
    belong to it::

        class Net(gluon.Block):
            def __init__(self, **kwargs):
                super().__init__(**kwargs)
                with self.name_scope():
                    self.hidden = nn.Dense(20)
                    self.output = nn.Dense(10)

            def forward(self, x):
                return self.output(nd.relu(self.hidden(x)))

    Parameters
    ----------
    prefix : str, optional
        What the names of its parameters and children begin with; counted ("net0_") if not given.
    params : ParameterDict, optional
        Parameters to share: `Dense(20, params=other.params)`.
    """

    def __init__(self, prefix=None, params=None):
        self._empty_prefix = prefix == ''
        self._prefix, self._params = _BlockScope.create(prefix, params, self._alias())
        self._name = self._prefix[:-1] if self._prefix.endswith('_') else self._prefix
        self._scope = _BlockScope(self)
        self._children = OrderedDict()
        self._reg_params = {}
        self._params._structure = self._reg_params
        self._forward_hooks = OrderedDict()
        self._forward_pre_hooks = OrderedDict()
        self._stamp = _next_change()

    def __repr__(self):
        children = '\n'.join(f'  ({key}): {_indent(repr(block), 2)}'
                             for key, block in self.__dict__.get('_children', {}).items())
        return f'{type(self).__name__}(\n{children}\n)'

    def __setattr__(self, name, value):
        if hasattr(self, name):
            existing = getattr(self, name)
            if isinstance(existing, (Parameter, Block)) and not isinstance(value, type(existing)):
                raise TypeError(f'the attribute {name} is a {type(existing)} and cannot become a '
                                f'{type(value)}')
        if isinstance(value, Block):
            self.register_child(value, name)
        elif isinstance(value, Parameter):
            assert name not in self._reg_params or self._reg_params[name] is value, (
                f'the attribute {name} is a Parameter already. To share parameters, pass params '
                'when the block is made')
            self._reg_params[name] = value
            super().__setattr__('_stamp', _next_change())
        super().__setattr__(name, value)

    def __getstate__(self):
        return self.__dict__.copy()

    def __setstate__(self, state):
        self.__dict__.update(state)
        self._params._structure = self._reg_params
        self.__dict__['_stamp'] = _next_change()

    def _alias(self):
        """The kind of layer in the names that are counted: "dense" of "dense0_"."""
        return type(self).__name__.lower()

    # -- what it consists of ---------------------------------------------------------------------

    @property
    def prefix(self):
        """What the names of its parameters begin with: "net0_"."""
        return self._prefix

    @property
    def name(self):
        """The prefix without its underscore."""
        return self._name

    def name_scope(self):
        """A `with` block in which layers are named below this one."""
        return self._scope

    @property
    def params(self):
        """The block's own parameters, without those of its children."""
        return self._params

    def _own_params(self):
        """Its own parameters, those that were only set as attributes included, each once."""
        found = list(self._params.values())
        found.extend(p for p in self._reg_params.values() if not any(p is q for q in found))
        return found

    def collect_params(self, select=None):
        """All parameters, the children's included: a ParameterDict. `select` is a regular
        expression that names must match at their beginning, 'conv0_|.*bias', or if none does the
        structural names of 2.0, 'features.0.*'."""
        self._check_container_with_block()
        found = ParameterDict(self._params.prefix)
        found._structure = self._collect_params_with_prefix
        pattern = re.compile(select) if select is not None else None
        self._collect(found, pattern)
        if pattern is not None and not len(found):
            named = self._collect_params_with_prefix()
            chosen = {id(p) for name, p in named.items() if pattern.match(name)}
            found._params.update((key, p) for key, p in self.collect_params().items()
                                 if id(p) in chosen)
        return found

    def _collect(self, found, pattern):
        own = ParameterDict()
        own.update(self._params)
        for name, parameter in self._reg_params.items():
            if any(parameter is there for there in own.values()):
                continue
            # One that was made by itself may have a name that others have, too.
            key = parameter.name
            there = own._params.get(key) or found._params.get(key)
            if there is not None and there is not parameter:
                key = self._prefix + name
                parameter._rename_var(key)
            own._params[key] = parameter
        if pattern is not None:
            for key in [key for key in own.keys() if not pattern.match(key)]:
                del own._params[key]
        found.update(own)
        for child in self._children.values():
            child._collect(found, pattern)

    def _collect_params_with_prefix(self, prefix=''):
        """All parameters under their structural names: "0.weight" for a container's first child."""
        if prefix:
            prefix += '.'
        found = {prefix + key: value for key, value in self._reg_params.items()}
        for name, child in self._children.items():
            found.update(child._collect_params_with_prefix(prefix + name))
        return found

    def _check_container_with_block(self):
        """Warns of layers in lists, whose parameters would not be found."""
        children = set(self._children.values())

        def holds_others(value):
            if isinstance(value, (list, tuple)):
                return any(holds_others(item) for item in value)
            if isinstance(value, dict):
                return any(holds_others(item) for item in value.values())
            return isinstance(value, Block) and value not in children

        for name, value in self.__dict__.items():
            if name.startswith('_') or not isinstance(value, (list, tuple, dict)):
                continue
            if holds_others(value):
                warnings.warn(f'"{type(self).__name__}.{name}" holds blocks that do not belong to '
                              'the network, as lists and dictionaries are not searched: use '
                              'register_child(), or nn.Sequential', stacklevel=3)

    def register_child(self, block, name=None):
        """Adds a layer under a name, or under its number."""
        if name is None:
            name = str(len(self._children))
        self._children[name] = block
        super().__setattr__('_stamp', _next_change())

    def apply(self, fn):
        """Calls `fn(block)` for all blocks inside, children first, and for this one, which it
        returns."""
        for child in self._children.values():
            child.apply(fn)
        fn(self)
        return self

    # -- parameters' values ----------------------------------------------------------------------

    def initialize(self, init=initializer.Uniform(), ctx=None, verbose=False, force_reinit=False,
                   device=None):
        """Makes and fills all parameters; those whose shape is not known yet in the first forward.

        Parameters
        ----------
        init : Initializer or str
            What fills parameters that have no initializer of their own.
        ctx : Context or list of Context, optional
            Where they are to be; 2.0 calls it `device`.
        verbose : bool
            Whether the initializer says what it does.
        force_reinit : bool
            Fill parameters anew that have values already.
        """
        self.collect_params().initialize(init, _one_of(ctx, device), verbose, force_reinit)

    def cast(self, dtype):
        """Converts all parameters to another type."""
        for child in self._children.values():
            child.cast(dtype)
        for parameter in self._own_params():
            parameter.cast(dtype)

    def zero_grad(self):
        """Sets the gradients of all parameters to 0."""
        self.collect_params().zero_grad()

    def reset_ctx(self, ctx):
        """Moves all parameters to other devices."""
        self.collect_params().reset_ctx(ctx)

    def reset_device(self, device):
        """The same under 2.0's name."""
        self.reset_ctx(device)

    def setattr(self, name, value):
        """Sets an attribute of all parameters: `net.setattr('grad_req', 'null')`."""
        self.collect_params().setattr(name, value)

    def share_parameters(self, shared):
        """Takes parameters of another network in the place of its own: what its collect_params()
        gives, or a dictionary of structural names; returns the block. Warns of names that it has
        not."""
        if shared is None:
            return self
        if not isinstance(shared, (dict, ParameterDict)):
            raise ValueError('share_parameters: expected a dictionary of parameters, got '
                             f'{type(shared)}')
        if isinstance(shared, ParameterDict):
            shared = shared._by_structure() or shared
        own = self._collect_params_with_prefix()
        for name in shared.keys():
            if name not in own:
                warnings.warn(f'share_parameters: "{name}" is none of the names of the parameters: '
                              f'{_brief_print_list(own)}', stacklevel=2)
        _replace(self, {id(own[name]): parameter for name, parameter in shared.items()
                        if name in own})
        return self

    def save_parameters(self, filename, deduplicate=False):
        """Writes all parameters under their structural names ("0.weight"), which do not depend on
        prefixes; with `deduplicate` a shared one once. Of several devices it is the mean."""
        _block_files.save_parameters(self, filename, deduplicate)

    def load_parameters(self, filename, ctx=None, allow_missing=False, ignore_extra=False,
                        cast_dtype=False, dtype_source='current', device=None):
        """Reads what save_parameters or export wrote, or an older file of prefixed names.

        Parameters
        ----------
        filename : str
            The file.
        ctx : Context or list of Context, optional
            Where parameters that have no values yet are to be; 2.0 calls it `device`.
        allow_missing, ignore_extra : bool
            Whether the file may lack parameters, or hold others: else an AssertionError, a
            ValueError.
        cast_dtype : bool
            Converts values of another type, which is an AssertionError without: to that of the
            parameter, or with `dtype_source='saved'` the parameter to that of the file.
        """
        _block_files.load_parameters(self, filename, _one_of(ctx, device), allow_missing,
                                     ignore_extra, cast_dtype, dtype_source)

    def load_dict(self, param_dict, ctx=None, allow_missing=False, ignore_extra=False,
                  cast_dtype=False, dtype_source='current', device=None):
        """The same from a dictionary of arrays."""
        _block_files.load_dict(self, param_dict, 'the dictionary', _one_of(ctx, device),
                               allow_missing, ignore_extra, cast_dtype, dtype_source)

    def save_params(self, filename):
        """The former save_parameters: writes names without the block's prefix."""
        warnings.warn('save_params is deprecated; use save_parameters', stacklevel=2)
        try:
            self.collect_params().save(filename, strip_prefix=self.prefix)
        except ValueError as error:
            raise ValueError('save_params: use save_parameters instead, which does not depend on '
                             f'prefixes. {error}') from error

    def load_params(self, filename, ctx=None, allow_missing=False, ignore_extra=False):
        """The former load_parameters."""
        warnings.warn('load_params is deprecated; use load_parameters', stacklevel=2)
        self.load_parameters(filename, ctx, allow_missing, ignore_extra)

    def save(self, prefix):
        """Writes the structure to PREFIX-model.json and the parameters to PREFIX-model.params."""
        _block_files.save_model(self, prefix)

    def load(self, prefix):
        """Reads what `save` wrote into a network of the same structure."""
        _block_files.load_model(self, prefix)

    # -- running it ------------------------------------------------------------------------------

    def __call__(self, *args):
        """Runs the network: forward, with the hooks."""
        if self._forward_pre_hooks or self._forward_hooks:
            out = self._with_hooks(self.forward, args)
        else:
            out = self.forward(*args)
        if is_np_array():
            _check_np(out)
        return out

    def _with_hooks(self, forward, args):
        if is_tracing():
            return forward(*args)
        for hook in list(self._forward_pre_hooks.values()):
            hook(self, args)
        out = forward(*args)
        for hook in list(self._forward_hooks.values()):
            hook(self, args, out)
        return out

    def forward(self, *args):
        """What the block computes; to be overridden. Blocks are called: `net(x)`."""
        raise NotImplementedError(f'{type(self).__name__} has no forward')

    def hybridize(self, active=True, **kwargs):
        """Turns all hybrid blocks inside into compiled graphs; see HybridBlock.hybridize."""
        for child in self._children.values():
            child.hybridize(active, **kwargs)

    def register_forward_pre_hook(self, hook):
        """Has `hook(block, inputs)` called before each forward; returns a HookHandle."""
        return self._add_hook(self._forward_pre_hooks, hook)

    def register_forward_hook(self, hook):
        """Has `hook(block, inputs, outputs)` called after each forward; returns a HookHandle."""
        return self._add_hook(self._forward_hooks, hook)

    def _add_hook(self, hooks, hook):
        handle = HookHandle()
        handle.attach(hooks, hook)
        super().__setattr__('_stamp', _next_change())
        return handle

    def register_op_hook(self, callback, monitor_all=False):
        """Has `callback(name, operator, array)` called for each output of each operator in the
        graphs of hybridized blocks inside, with `monitor_all` also for the inputs."""
        for child in self._children.values():
            child.register_op_hook(callback, monitor_all)

    def summary(self, *inputs):
        """Prints the table of layers, output shapes and numbers of parameters that `inputs` give.
        AssertionError if a layer is hybridized."""
        with Table(self) as table:
            self(*inputs)
        table.show(inputs)


def _check_np(out):
    """In np mode blocks give arrays and symbols of the NumPy interface. TypeError for others."""
    for value in arrays_in(out):
        if not is_numpy(value):
            raise TypeError('With npx.set_np() blocks give arrays of mx.np, but this one gives a '
                            f'{type(value)}; convert it with as_np_ndarray()')


def _replace(block, instead):
    """Puts other parameters in the place of those whose ids are keys of `instead`."""
    own = block._params._params
    for key, parameter in list(own.items()):
        own[key] = instead.get(id(parameter), parameter)
    for name, parameter in list(block._reg_params.items()):
        new = instead.get(id(parameter))
        if new is not None:
            block._reg_params[name] = new
            object.__setattr__(block, name, new)
    object.__setattr__(block, '_stamp', _next_change())
    for child in block._children.values():
        _replace(child, instead)


from .hybrid_block import HybridBlock  # noqa: E402
from .symbol_block import SymbolBlock  # noqa: E402

# Programs look for these here, too.
from ..base import MXNetError  # noqa: E402, F401
from ..ndarray import NDArray  # noqa: E402, F401
from ..symbol import Symbol, fromjson, load_json  # noqa: E402, F401
from ..util import np_array, np_shape, wrap_ctx_to_device_func  # noqa: E402, F401
from ._nested import _flatten, _gather_type_ctx_info, _regroup  # noqa: E402, F401
from .parameter import DeferredInitializationError  # noqa: E402, F401
