"""Parameters of networks, and dictionaries of them."""

import warnings

import numpy as np

from .. import autograd, context, initializer, ndarray, symbol
from .. import _core
from .._mxnet_pickles import fill_parameter
from ..base import MXNetError
from ..context import Context, Device, cpu  # noqa: F401  # Context is found here, too, as in MXNet
from ..util import is_np_array, is_np_shape, wrap_ctx_to_device_func  # noqa: F401
from ._places import _context_list, _dtype, _is_real, _one_of, _places
from .utils import shape_is_known

__all__ = ['DeferredInitializationError', 'Parameter', 'Constant', 'ParameterDict', 'tensor_types']

#: What counts as an array or as something that stands for one.
tensor_types = (symbol.Symbol, ndarray.NDArray)

_STORAGE_TYPES = ('default', 'row_sparse', 'csr')
_GRAD_REQS = ('write', 'add', 'null')


class DeferredInitializationError(MXNetError):
    """A parameter was asked for its values before the first forward told its shape."""


class Parameter:
    """A weight of a block: one array per device, each with its gradient.

    Parameters
    ----------
    name : str
        Its name, which files hold and which initializers may look at.
    grad_req : {'write', 'add', 'null'}
        What `backward` does with the gradient: overwrite it, add to it, or compute none.
    shape : int or tuple of int, optional
        Sizes that are not known yet are 0 (-1 in np-shape mode).
    dtype : str or numpy.dtype
        The type of its elements.
    lr_mult, wd_mult : float
        Factors of the optimizer's learning rate and weight decay.
    init : Initializer or str, optional
        Used instead of the one that `initialize` gets for the whole network.
    allow_deferred_init : bool
        Whether `initialize` may wait for the first forward to tell the shape.
    differentiable : bool
        Without, `grad_req` stays 'null': running statistics.
    stype, grad_stype : str
        How the values and the gradient are stored.
    """

    def __init__(self, name='weight', grad_req='write', shape=None, dtype=np.float32, lr_mult=1.0,
                 wd_mult=1.0, init=None, allow_deferred_init=False, differentiable=True,
                 stype='default', grad_stype='default'):
        for kind, given in (('stype', stype), ('grad_stype', grad_stype)):
            assert given in _STORAGE_TYPES, (
                f"{kind} of Parameter '{name}': expected one of {', '.join(_STORAGE_TYPES)}, got "
                f"'{given}'")
        # Whether a file's array may be of that other shape, which is then this parameter's.
        self._may_become = None
        self._var = None
        self._var_name = name
        self._data = None
        self._grad = None
        self._ctx_list = None
        self._ctx_map = None
        self._trainer = None
        self._deferred_init = ()
        self._differentiable = differentiable
        self._allow_deferred_init = allow_deferred_init
        self._grad_req = None
        self._shape = (shape,) if isinstance(shape, (int, np.integer)) else shape
        if self._shape is not None:
            self._shape = tuple(int(size) for size in self._shape)
        self.name = name
        self._dtype = dtype
        self.lr_mult = lr_mult
        self.wd_mult = wd_mult
        self._stype = stype
        self._grad_stype = grad_stype
        self.grad_req = grad_req
        self.init = init

    def __repr__(self):
        return f'Parameter {self.name} (shape={self.shape}, dtype={self.dtype})'

    # -- what it is ------------------------------------------------------------------------------

    @property
    def stype(self):
        """How the values are stored: 'default', 'row_sparse' or 'csr'."""
        return self._stype

    @property
    def grad_stype(self):
        """How the gradient is stored."""
        return self._grad_stype

    @property
    def grad_req(self):
        """'write', 'add' or 'null'; may be set at any time."""
        return self._grad_req

    @grad_req.setter
    def grad_req(self, req):
        assert req in _GRAD_REQS, (
            f"grad_req of Parameter '{self.name}': expected 'write', 'add' or 'null', got '{req}'")
        if not self._differentiable:
            req = 'null'
        if self._grad_req == req:
            return
        self._grad_req = req
        if self._data is None:
            return
        if req == 'null':
            self._grad = None
            self._data = [array.detach() for array in self._data]
        else:
            self._init_grad()

    @property
    def dtype(self):
        """The type of the elements; setting it converts values and gradients."""
        return self._dtype

    @dtype.setter
    def dtype(self, dtype):
        self.cast(dtype)

    @property
    def shape(self):
        """The sizes, unknown ones as 0 (-1 in np-shape mode); None if nothing is known."""
        if self._shape is None:
            return None
        if is_np_shape():
            return tuple(size if size != 0 else -1 for size in self._shape)
        return tuple(size if size != -1 else 0 for size in self._shape)

    @shape.setter
    def shape(self, new_shape):
        new_shape = tuple(new_shape)
        if self._shape is not None:
            fits = len(self._shape) == len(new_shape) and all(
                known in (0, -1, new) for known, new in zip(self._shape, new_shape))
            assert fits, (f"Parameter '{self.name}': expected a shape that fits {self.shape}, got "
                          f'{new_shape}')
        self._shape = new_shape

    def _set_trainer(self, trainer):
        """Notes who updates it; only a sparse one may have no second."""
        if self._stype != 'default' and self._trainer and trainer and self._trainer is not trainer:
            raise RuntimeError(f"Parameter '{self.name}' is stored as {self._stype} and already "
                               'has a Trainer')
        self._trainer = trainer

    # -- the arrays ------------------------------------------------------------------------------

    def _check_and_get(self, arrays, ctx):
        """The array at `ctx`; of the only place if that is None, and all of them if it is
        `list`."""
        if arrays is not None:
            if ctx is list:
                return arrays
            if ctx is None:
                if len(arrays) == 1:
                    return arrays[0]
                ctx = context.current_context()
            for place, array in zip(self._ctx_list, arrays):
                if place == ctx:
                    return array
            raise RuntimeError(f"Parameter '{self.name}' was not initialized on {ctx}, only on "
                               f'{self._ctx_list}')
        if self._deferred_init:
            raise DeferredInitializationError(
                f"Parameter '{self.name}' has no values yet: its shape is found in the first "
                'forward. Pass a batch through the network first, or give the layer its input size '
                '(in_units, in_channels)')
        raise RuntimeError(f"Parameter '{self.name}' has not been initialized; call initialize() "
                           'of the network. Take the parameters of a network by collect_params(): '
                           'params holds only those of the block itself')

    def _settled(self):
        return self.shape is not None and shape_is_known(self.shape)

    def initialize(self, init=None, ctx=None, default_init=initializer.Uniform(),
                   force_reinit=False, device=None):
        """Makes the arrays and fills them.

        `init`, if given, takes the place of the parameter's own initializer; `default_init` is used
        where there is neither. Where the shape is not known, that waits for the first forward, or
        is a ValueError unless `allow_deferred_init`. One that has values keeps them, with a
        warning, unless `force_reinit`. `ctx` (or `device`) is a device or a list of devices.
        """
        if self._data is not None and not force_reinit:
            warnings.warn(f"Parameter '{self.name}' is already initialized and stays as it is; "
                          'pass force_reinit=True to fill it anew', stacklevel=2)
            return
        ctx = _context_list(_one_of(ctx, device))
        if init is None:
            init = default_init if self.init is None else self.init
        if not self._settled():
            if not self._allow_deferred_init:
                raise ValueError(f"Parameter '{self.name}' cannot be initialized: its shape is "
                                 f'{self.shape}')
            self._data = self._grad = None
            self._deferred_init = (init, ctx, default_init, None)
            return
        self._deferred_init = (init, ctx, default_init, None)
        self._finish_deferred_init()

    def _finish_deferred_init(self):
        """Makes the arrays that initialize() could not make; the shape is known now."""
        if not self._deferred_init:
            return
        init, ctx, default_init, data = self._deferred_init
        if not self._settled():
            raise ValueError(f"Parameter '{self.name}' cannot be initialized: its shape is "
                             f'{self.shape}. Give the layer its input size (in_units, '
                             'in_channels), or the parameter a shape')
        with autograd.pause():
            if data is None:
                data = self._first_value(init, default_init)
            else:
                data = data.astype(self.dtype)
            self._init_impl(self._stored(data), ctx)

    def _stored(self, data):
        """Values as this parameter stores them: row_sparse ones with all rows, also those of zeros,
        because optimizers update rows that are there."""
        if self._stype != 'row_sparse':
            return _core.tostype(data, self._stype)
        rows = ndarray.arange(data.shape[0], dtype=np.int64)
        return ndarray.sparse.row_sparse_array((_core.tostype(data, 'default'), rows),
                                               shape=data.shape, dtype=data.dtype)

    def _first_value(self, init, default_init):
        """Drawn once, on the CPU, so that all devices get the same."""
        value = ndarray.zeros(self.shape, dtype=self.dtype, ctx=cpu())
        by_name = init == ''  # MXNet's empty name: the network's goes by that of the parameter
        init = default_init if by_name else init
        init = initializer.create(init) if isinstance(init, str) else init
        by_name |= not isinstance(init, initializer.Initializer)  # as Mixed and Load do
        if by_name or not isinstance(default_init, initializer.Initializer):
            default_init = init
        default_init(initializer.InitDesc(self.name, {} if by_name else {'__init__': init}), value)
        return value

    def _init_impl(self, data, ctx_list):
        """Places copies of `data` at the devices."""
        if is_np_array():
            data = data.as_np_ndarray()
        self._stand([data.copyto(ctx) for ctx in ctx_list], ctx_list)

    def _stand(self, arrays, ctx_list, gradients=None):
        """Has these arrays, one at each device; gradients as in _init_grad."""
        self._ctx_list = list(ctx_list)
        self._ctx_map = _places(self._ctx_list)
        self._data = arrays
        self._deferred_init = ()
        self._init_grad(gradients)

    def _init_grad(self, values=None):
        """Makes the arrays' gradients, of these values, or of zeros."""
        # Whole numbers, such as the weights of a network cast for use alone, have none.
        if self.grad_req == 'null' or not _is_real(self.dtype):
            self._grad = None
            return
        for array in self._data:
            _core.attach_grad(array, self.grad_req, self._grad_stype)
        self._grad = [array.grad for array in self._data]
        for grad, value in zip(self._grad, values or ()):
            grad[:] = value

    def _reduce(self):
        """What files and other devices get: the mean of the arrays of all devices, on the CPU."""
        arrays = self._check_and_get(self._data, list)
        return arrays[0].as_in_context(cpu()) if len(arrays) == 1 else _core.mean_of_copies(arrays)

    def _load_init(self, data, ctx, cast_dtype=False, dtype_source='current'):
        """Takes its values from a file's array; see Block.load_parameters for the options."""
        if cast_dtype:
            assert dtype_source in ('current', 'saved'), (
                f"dtype_source: expected 'current' or 'saved', got '{dtype_source}'")
        if self.shape is not None:
            fits = len(self.shape) == len(data.shape) and all(
                known in (0, -1, found) for known, found in zip(self.shape, data.shape))
            if not fits and self._may_become is not None and self._may_become(data.shape):
                fits = True
                if self._data is not None:
                    ctx = self._ctx_list if ctx is None else ctx
                    self._data = self._grad = None
            assert fits, (f"Parameter '{self.name}': expected an array of shape {self.shape}, the "
                          f'saved one has {data.shape}')
            self._shape = tuple(data.shape)
        if self.dtype is not None:
            if cast_dtype and _dtype(self.dtype) != _dtype(data.dtype):
                if dtype_source == 'current':
                    data = data.astype(self.dtype)
                else:
                    self.cast(data.dtype)
                    if not _is_real(data.dtype):  # places, say: nothing to be trained
                        self.grad_req = 'null'
            assert _dtype(self.dtype) == _dtype(data.dtype), (
                f"Parameter '{self.name}': expected the type {self.dtype}, the saved array has "
                f'{data.dtype}; pass cast_dtype=True to convert it')
        if self._shape is None:
            self._shape = tuple(data.shape)
        ctx = None if ctx is None else _context_list(ctx)
        if self._data is None:
            self._check_place(ctx, self._deferred_init[1] if self._deferred_init else None)
            if ctx is None:
                ctx = self._deferred_init[1] if self._deferred_init else [cpu()]
            with autograd.pause():
                self._init_impl(self._stored(data), ctx)
        else:
            self._check_place(ctx, self._ctx_list)
            self.set_data(data)
        self._deferred_init = ()

    def _check_place(self, wanted, there):
        if wanted is None or there is None:
            return
        assert set(wanted) == set(there), (
            f"Parameter '{self.name}' cannot be loaded to {wanted}: it was initialized on {there}. "
            'Leave the device out, or move the parameters with reset_ctx')

    def set_data(self, data):
        """Copies `data` into the arrays of all devices, or keeps it for the first forward if that
        is waited for. AssertionError for another shape, and before initialize()."""
        self.shape = data.shape
        if self._data is None:
            assert self._deferred_init, f"Parameter '{self.name}' has not been initialized"
            self._deferred_init = self._deferred_init[:3] + (data,)
            return
        # A store that updates by itself has its own copy of the old values.
        trainer = self._trainer
        if trainer and trainer._kv_initialized and trainer._update_on_kvstore:
            if self not in trainer._params_to_init:
                trainer._reset_kvstore()
        with autograd.pause():
            for array in self._data:
                array[:] = data

    def data(self, ctx=None, device=None):
        """The array at a device (the only one, or the current one, if not given): the one in use.

        RuntimeError before initialize(), for other devices and for a sparse one, see
        row_sparse_data(); DeferredInitializationError while the shape is not known.
        """
        self._check_dense('data', 'row_sparse_data')
        arrays = self._data
        # Layers ask in each call, mostly for the only place there is.
        if device is None and arrays is not None and len(arrays) == 1 and (
                ctx is None or ctx is self._ctx_list[0]):
            return arrays[0]
        return self._check_and_get(arrays, _one_of(ctx, device))

    def list_data(self):
        """The arrays at all devices, in the order of list_ctx(). RuntimeError for a sparse one, see
        list_row_sparse_data()."""
        self._check_dense('list_data', 'list_row_sparse_data')
        return self._check_and_get(self._data, list)

    def grad(self, ctx=None, device=None):
        """The gradient at a device; RuntimeError where grad_req is 'null', and as data()."""
        self._check_gradient()
        return self._check_and_get(self._grad, _one_of(ctx, device))

    def list_grad(self):
        """The gradients at all devices."""
        self._check_gradient()
        return self._check_and_get(self._grad, list)

    def _check_gradient(self):
        if self._data is None or self._grad is not None:
            return
        if self.grad_req == 'null':
            raise RuntimeError(f"Parameter '{self.name}' has no gradient: its grad_req is 'null'")
        raise RuntimeError(f"Parameter '{self.name}' has no gradient: it is of {self.dtype}, and "
                           "only real numbers are trained. Set its grad_req to 'null'")

    def list_ctx(self):
        """The devices at which it is, or will be after the first forward."""
        if self._data is None:
            if self._deferred_init:
                return self._deferred_init[1]
            raise RuntimeError(f"Parameter '{self.name}' has not been initialized")
        return self._ctx_list

    def list_device(self):
        """The same under 2.0's name."""
        return self.list_ctx()

    def zero_grad(self):
        """Sets the gradients to 0."""
        if self._grad is None:
            return
        for grad in self._grad:
            grad[:] = 0

    def reset_ctx(self, ctx):
        """Moves the values to other devices."""
        ctx = _context_list(ctx)
        if self._data is not None:
            with autograd.pause():
                self._init_impl(self._reduce(), ctx)
        elif self._deferred_init:
            init, _, default_init, data = self._deferred_init
            self._deferred_init = (init, ctx, default_init, data)
        else:
            raise ValueError(f"Parameter '{self.name}' cannot be moved: it has not been "
                             'initialized')

    def reset_device(self, device):
        """The same under 2.0's name."""
        self.reset_ctx(device)

    def cast(self, dtype):
        """Converts values and gradients to another type."""
        self._dtype = dtype
        self._var = None
        if self._data is None:
            return
        with autograd.pause():
            self._data = [array.astype(dtype) for array in self._data]
            self._init_grad(self._grad)

    def row_sparse_data(self, row_id):
        """These rows of a row_sparse parameter, as an array at the device of `row_id` whose gradients
        are the parameter's. RuntimeError for a dense one, and where no Trainer knows it."""
        self._check_rows('row_sparse_data')
        return self._rows(self._check_and_get(self._data, row_id.context), row_id)

    def list_row_sparse_data(self, row_id):
        """The same at all devices."""
        self._check_rows('list_row_sparse_data')
        return [self._rows(array, row_id.as_in_context(array.context))
                for array in self._check_and_get(self._data, list)]

    @staticmethod
    def _rows(array, row_id):
        with autograd.record(autograd.is_training()):  # also for what is recorded later
            return ndarray.sparse.retain(array, row_id.reshape(-1))

    def _check_dense(self, method, instead):
        if self._stype != 'default':
            raise RuntimeError(f"Parameter '{self.name}' is stored as {self._stype} and has no "
                               f'{method}(); use {instead}()')

    def _check_rows(self, method):
        if self._stype != 'row_sparse':
            raise RuntimeError(f"Parameter '{self.name}' is stored as {self._stype} and has no "
                               f'{method}(); use data()')
        if self._trainer is None:
            raise RuntimeError(f"Parameter '{self.name}': {method}() needs a Trainer that was "
                               'created with it')

    # -- in graphs -------------------------------------------------------------------------------

    def var(self):
        """The variable that stands for it in graphs."""
        if self._var is None:
            init = self.init
            if isinstance(init, initializer.Initializer):
                init = init.dumps()
            self._var = symbol.var(self._var_name, shape=self.shape, dtype=self.dtype,
                                   lr_mult=self.lr_mult, wd_mult=self.wd_mult, init=init,
                                   stype=None if self._stype == 'default' else self._stype)
        return self._var.as_np_ndarray() if is_np_array() else self._var

    def _rename_var(self, name):
        """Gives its variable another name: two parameters of one graph may not share one."""
        if name != self._var_name:
            self._var_name = name
            self._var = None

    def __getstate__(self):
        state = self.__dict__.copy()
        # Graphs are made anew; a Trainer is not a part of the parameter.
        state.update(_var=None, _trainer=None, _grad=None)
        return state

    __setstate__ = fill_parameter

    def __deepcopy__(self, memo):
        import copy  # only here
        new = type(self).__new__(type(self))
        memo[id(self)] = new
        state = self.__getstate__()
        data, init = state.pop('_data'), state.pop('init')
        new.__dict__.update(copy.deepcopy(state, memo), init=init, _data=None)
        if data is not None:
            new._stand([array.detach().copy() for array in data], self._ctx_list, self._grad)
        return new


from ._constant import Constant  # noqa: E402
from .parameter_dict import ParameterDict  # noqa: E402
