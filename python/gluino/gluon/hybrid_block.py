"""Blocks that can become compiled graphs."""

import warnings

from .. import autograd, ndarray, symbol
from .._backends import check_backend
from ..base import MXNetError
from ..executor import FrozenGraph
from ..ndarray import NDArray
from ..util import is_np_array
from . import block as _blocks
from ._graph import SymbolGraph, TracedGraphs
from ._nested import (Shape, Tracing, _flatten, _gather_type_ctx_info, _refuse_inputs,
                      arrays_in, is_tracing, runs_graphs, without_trailing_none)
from .block import Block, _check_np
from .parameter import DeferredInitializationError

_NO_GRAPH_YET = ('there is no graph yet: call hybridize(), and then the block once, before '
                 'export()')


# What a block notes about its graphs. All else that is set on one may change what it computes.
_OF_GRAPHS = frozenset((
    '_active', '_built_of', '_cached_graph', '_cached_op', '_callback', '_flags', '_in_format',
    '_looked_at', '_monitor_all', '_out_format', '_out_shape', '_stamp', '_symbol_graph',
    '_traced'))


def _is_another(before, value):
    if before is value:
        return False
    known = type(before) is type(value) and isinstance(value, (int, float, str))
    return not (known and before == value)


class HybridBlock(Block):
    """A block whose computation is made of operators only, so that it can become a graph.

    A derived class has either a `hybrid_forward(self, F, x, ..., weight=...)`, which gets the
    operators' namespace `F` (mx.nd, or mx.sym when the graph is made) and its parameters by their
    attributes' names, or as in 2.0 a `forward(self, x, ...)` alone::

        class Net(gluon.HybridBlock):
            def __init__(self, **kwargs):
                super().__init__(**kwargs)
                with self.name_scope():
                    self.hidden = nn.Dense(20)

            def hybrid_forward(self, F, x):
                return F.relu(self.hidden(x))
    """

    # Whether a class has a forward alone, as in 2.0; one that calls hybrid_forward is not traced.
    _is_own_forward = False

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        cls._is_own_forward = (cls.forward is not HybridBlock.forward
                               and cls.hybrid_forward is HybridBlock.hybrid_forward)

    def __init__(self, prefix=None, params=None):
        super().__init__(prefix=prefix, params=params)
        self._active = False
        self._flags = []
        self._callback = None
        self._monitor_all = False
        self._clear_cached_op()

    def __setattr__(self, name, value):
        # A forward of one's own was noted with the numbers that the block had: another one is a
        # change. What forward itself sets is none; of arrays the graph knows.
        if (self._is_own_forward and name not in _OF_GRAPHS and not isinstance(value, NDArray)
                and not self.__dict__.get('_running') and not is_tracing()
                and _is_another(self.__dict__.get(name, self), value)):
            self.__dict__['_stamp'] = _blocks._next_change()
        super().__setattr__(name, value)
        if isinstance(value, HybridBlock):
            self._clear_cached_op()

    def __getstate__(self):
        # Graphs are made anew.
        state = super().__getstate__()
        state.update(_cached_graph=(), _cached_op=None, _traced=None, _built_of=None)
        return state

    def __setstate__(self, state):
        super().__setstate__(state)
        self._clear_cached_op()

    def _clear_cached_op(self):
        self._cached_graph = ()
        self._cached_op = None
        self._traced = None
        self._in_format = None
        self._out_format = None
        self._built_of = None
        self._looked_at = 0

    def register_child(self, block, name=None):
        """Adds a layer; ValueError unless it is a HybridBlock."""
        if not isinstance(block, HybridBlock):
            raise ValueError(f'The children of a HybridBlock are HybridBlocks, but {block!r} is a '
                             f'{type(block)}; use HybridSequential for Sequential')
        super().register_child(block, name)
        if '_active' in self.__dict__:
            self._clear_cached_op()

    # -- hybridize -------------------------------------------------------------------------------

    def hybridize(self, active=True, backend=None, clear=True, static_alloc=False,
                  static_shape=False, inline_limit=2, forward_bulk_size=None,
                  backward_bulk_size=None, **kwargs):
        """From now on (not, if not `active`) the block runs as a compiled graph.

        The first call makes it. `static_alloc`, `static_shape`, `inline_limit` and the bulk sizes,
        which tell MXNet how to run graphs, are accepted: here graphs are always compiled, and keep
        their memory. With `clear=False` the graph that is there stays. MXNet's backends that only
        join layers on a processor, "MKLDNN" and "MKLDNN_QUANTIZE", are accepted: every graph has
        that done. Any other `backend` is a NotImplementedError.
        """
        if backend is not None:
            check_backend('hybridize', backend)
        self._active = active
        self._flags = [('static_alloc', static_alloc), ('static_shape', static_shape),
                       ('inline_limit', inline_limit)]
        if forward_bulk_size is not None:
            self._flags.append(('forward_bulk_size', forward_bulk_size))
        if backward_bulk_size is not None:
            self._flags.append(('backward_bulk_size', backward_bulk_size))
        if clear:
            self._clear_cached_op()
        if active and (self._forward_hooks or self._forward_pre_hooks):
            warnings.warn(f'"{self.name}" has hooks: they are called when the block itself is '
                          'called, and see what the whole graph takes and gives', stacklevel=2)
        super().hybridize(active, static_alloc=static_alloc, static_shape=static_shape,
                          inline_limit=inline_limit, forward_bulk_size=forward_bulk_size,
                          backward_bulk_size=backward_bulk_size, clear=clear)

    def optimize_for(self, x, *args, backend=None, clear=False, static_alloc=False,
                     static_shape=False, inline_limit=2, forward_bulk_size=None,
                     backward_bulk_size=None, **kwargs):
        """Hybridizes the block and runs it once, outside of what autograd records, so that its graph
        and its parameters are there. ValueError without a `backend`; see hybridize for those that
        are accepted."""
        if backend is None:
            raise ValueError('optimize_for: expected the name of a backend')
        check_backend('HybridBlock.optimize_for', backend)
        self.hybridize(True, backend, clear, static_alloc, static_shape, inline_limit,
                       forward_bulk_size, backward_bulk_size, **kwargs)
        with autograd.pause():
            self(x, *args)

    def cast(self, dtype):
        """Converts all parameters to another type; the graph is made anew."""
        self._clear_cached_op()
        super().cast(dtype)

    def register_op_hook(self, callback, monitor_all=False):
        """See Block.register_op_hook: of the graph of this block."""
        self._callback = callback
        self._monitor_all = monitor_all
        self._clear_cached_op()
        super().register_op_hook(callback, monitor_all)

    # -- running it ------------------------------------------------------------------------------

    def __call__(self, *args):
        """Runs the network, as a graph if it is hybridized."""
        if not self._is_own_forward:
            return Block.__call__(self, *args)
        way = self._way() if self._active and runs_graphs() else None
        out = self._with_hooks(way or self._eager_forward, args)
        if is_np_array():
            _check_np(out)
        return out

    def _eager_forward(self, *args):
        """What forward gives for arrays when there is no graph. One of the block's own, as in 2.0,
        asks infer_shape for the shapes that it lacks."""
        if not self._is_own_forward:
            return self._forward_of_arrays(_gather_type_ctx_info(args)[3], *args)
        running = self.__dict__.get('_running', 0)
        self.__dict__['_running'] = running + 1
        try:
            return self.forward(*args)
        except DeferredInitializationError:
            if type(self).infer_shape is HybridBlock.infer_shape:
                raise
            self.infer_shape(*args)
            for parameter in self._own_params():
                parameter._finish_deferred_init()
            return self.forward(*args)
        finally:
            self.__dict__['_running'] = running

    def forward(self, x, *args):
        """Calls hybrid_forward with arrays or with symbols, and with the block's parameters."""
        if not args and isinstance(x, NDArray):
            op = self._cached_op
            if (op is not None and op.takes_one and self._active
                    and self._looked_at == _blocks._last_change and runs_graphs()):
                return op.call_one(x)
            has_symbol, ctx = False, x.context
        else:
            has_symbol, has_array, _, ctx = _gather_type_ctx_info((x,) + args)
            if has_symbol == has_array:
                _refuse_inputs('HybridBlock', (x,) + args, has_array)
        if has_symbol:
            return self._symbolic_forward(x, *args)
        if self._active and runs_graphs():
            way = self._way()
            if way is not None:
                return way(x, *args)
        return self._forward_of_arrays(ctx, x, *args)

    def _forward_of_arrays(self, ctx, x, *args):
        params = self._reg_params
        if params:
            try:
                params = {name: p.data(ctx) for name, p in params.items()}
            except DeferredInitializationError:
                self._deferred_infer_shape(x, *args)
                for parameter in self._own_params():
                    parameter._finish_deferred_init()
                params = {name: p.data(ctx) for name, p in params.items()}
        return self.hybrid_forward(ndarray, x, *args, **params)

    def hybrid_forward(self, F, x, *args, **kwargs):
        """What the block computes, by the operators of `F`; to be overridden."""
        raise NotImplementedError(f'{type(self).__name__} has no hybrid_forward')

    def _symbolic_forward(self, *args):
        params = {name: p.var() for name, p in self._reg_params.items()}
        with self.name_scope():
            return self.hybrid_forward(symbol, *args, **params)

    def _way(self):
        """How it runs when hybridized: a method, or None where a layer inside has hooks, which no
        graph would call. Drops the graphs if the network has changed, also deep inside."""
        if self._looked_at == _blocks._last_change:
            if self._traced is not None:
                return self._traced_forward
            if not is_np_array():
                return self._call_cached_op
        blocks = list(_inside(self))
        stamps = [(id(block), block._stamp) for block in blocks]
        if self._built_of != stamps:
            self._clear_cached_op()
            self._built_of = stamps
        if any(block._forward_hooks or block._forward_pre_hooks for block in blocks[1:]):
            return None  # looked at again in the next call: hooks come off unseen
        self._looked_at = _blocks._last_change
        if is_np_array() or any(block._is_own_forward for block in blocks):
            # Such a forward takes no symbols, and functions of mx.np need shapes, which symbols
            # have not: what arrays compute is noted.
            self._traced = self._traced or TracedGraphs(self)
            return self._traced_forward
        return self._call_cached_op

    # -- the graph of symbols --------------------------------------------------------------------

    def _get_graph(self, *args):
        """The variables of the inputs, and the symbol of what hybrid_forward makes of them."""
        if self._cached_graph:
            return self._cached_graph
        flat, nesting = _flatten(args, 'input')
        count = sum(value is not None for value in flat)
        inputs = []
        for value in flat:
            if value is None:
                continue
            name = 'data' if count == 1 else f'data{len(inputs)}'
            variable = symbol.var(name)
            if is_np_array():
                variable = variable.as_np_ndarray()
            inputs.append(variable)
        self.collect_params()  # two parameters of one name get others in the graph
        arrays = (value for value in flat if value is not None)
        with Tracing({variable.name: array.shape for variable, array in zip(inputs, arrays)}):
            out = self._symbolic_forward(*Shape(args).fill(iter(inputs)))
        # A layer that is made there has all of this forgotten.
        self._in_format = without_trailing_none(nesting)
        outputs, self._out_format = _flatten(out, 'output')
        self._out_shape = Shape(out)
        symbols = [output for output in outputs if output is not None]
        self._cached_graph = inputs, symbols[0] if len(symbols) == 1 else symbol.Group(symbols)
        return self._cached_graph

    def _build_cache(self, *args):
        """Makes the graph and what runs it. Parameters that wait for their shapes, which the graph
        tells, are made in the order in which it takes them, as MXNet draws their first values."""
        inputs, out = self._get_graph(*args)
        params = {p._var_name: p for p in self.collect_params().values()}
        names = [variable.name for variable in inputs]
        op = SymbolGraph(out, names, params, self._flags, self)
        # Most blocks take an array and give one.
        op.takes_one = self._in_format == [0] and self._out_format == 0
        ctx = next(arrays_in(args)).context
        try:  # once more than the calls do, as in MXNet: a parameter's data() may draw numbers
            for parameter in op.parameters():
                parameter.data(ctx)
        except DeferredInitializationError:
            self._deferred_infer_shape(*args)
            for parameter in op.parameters():
                parameter._finish_deferred_init()
        self._cached_op = op

    def _call_cached_op(self, *args):
        if self._cached_op is None:
            self._build_cache(*args)
        flat, nesting = _flatten(args, 'input')
        nesting = without_trailing_none(nesting)
        if nesting != self._in_format:
            raise ValueError(f'{self.name}: its graph was made for arguments nested as '
                             f'{self._in_format}, these are {nesting}. Call hybridize() again to '
                             'make another one')
        arrays = [value for value in flat if value is not None]
        outputs = self._cached_op(arrays)
        if self._out_format == 0:
            return outputs[0]
        return self._out_shape.fill(iter(outputs))

    # -- the graph of a forward of one's own -----------------------------------------------------

    def _traced_forward(self, *args):
        return self._traced(args)

    # -- shapes ----------------------------------------------------------------------------------

    def _deferred_infer_shape(self, *args):
        try:
            self.infer_shape(*args)
        except NotImplementedError:
            raise
        except Exception as error:
            raise ValueError(f'{self.name}: the shapes of its parameters do not follow from the '
                             f'input. {error}') from error

    def infer_shape(self, *args):
        """Finds the shapes of the parameters from those of these inputs. To be overridden by layers
        with a forward of their own."""
        if type(self).hybrid_forward is HybridBlock.hybrid_forward:
            raise NotImplementedError(f'{type(self).__name__} has parameters of unknown shape and '
                                      'no infer_shape(self, x, ...) that finds them')
        inputs, out = self._get_graph(*args)
        known = {variable.name: array.shape
                 for variable, array in zip(inputs, arrays_in(args))}
        arguments, _, states = out.infer_shape(**known)
        if arguments is None:
            raise ValueError('the graph does not tell them')
        found = dict(zip(out.list_arguments(), arguments))
        found.update(zip(out.list_auxiliary_states(), states))
        for parameter in self.collect_params().values():
            if parameter._var_name in found:
                parameter.shape = found[parameter._var_name]

    def infer_type(self, *args):
        """Finds the types of the parameters from those of these inputs."""
        inputs, out = self._get_graph(*args)
        known = {variable.name: array.dtype
                 for variable, array in zip(inputs, arrays_in(args))}
        arguments, _, states = out.infer_type(**known)
        found = dict(zip(out.list_arguments(), arguments))
        found.update(zip(out.list_auxiliary_states(), states))
        for parameter in self.collect_params().values():
            if parameter._var_name in found:
                parameter.dtype = found[parameter._var_name]

    # -- for use alone ---------------------------------------------------------------------------

    def freeze(self, *args):
        """The network as it is now, for inference alone: a FrozenGraph, which takes arrays like those
        of `args` and gives the outputs; nested ones follow each other. It is run once, so that its
        graph and its parameters are there; MXNetError where it cannot become a graph."""
        with autograd.pause():
            way = self._way()
            if way is None:
                raise MXNetError(f'{self.name}: freeze: a layer inside has hooks, which no graph calls')
            way(*args)
        graph = self._cached_op if self._traced is None else self._traced.last_used
        if graph is None:
            raise MXNetError(f'{self.name}: freeze: for these arguments it cannot become a graph')
        ctx = next(arrays_in(args)).context
        params = {name: source if isinstance(source, NDArray) else source.data(ctx)
                  for name, source in graph.named_arrays()}
        return FrozenGraph(graph.symbol, params, inputs=graph.input_names, ctx=ctx,
                           allow_unused_inputs=True)

    # -- files -----------------------------------------------------------------------------------

    def export(self, path, epoch=0, remove_amp_cast=True):
        """Writes the graph to PATH-symbol.json and the parameters to PATH-0000.params, as Module,
        SymbolBlock.imports and MXNet read them. RuntimeError unless the block is hybridized and has
        been called once. The inputs are named "data", of several "data0", "data1". Arrays of its
        own that forward uses, and that are no parameters, are written as they are now. Returns
        the names of both files, as 2.0."""
        graph = self._traced.latest() if self._traced is not None else self._cached_op
        if graph is None:
            raise RuntimeError(f'{self.name}: {_NO_GRAPH_YET}')
        files = f'{path}-symbol.json', f'{path}-{epoch:04d}.params'
        graph.symbol.save(files[0], remove_amp_cast=remove_amp_cast)
        states = set(graph.symbol.list_auxiliary_states())
        arrays = {}
        for name, source in graph.named_arrays():
            kind = 'aux' if name in states else 'arg'
            arrays[f'{kind}:{name}'] = source if isinstance(source, NDArray) else source._reduce()
        ndarray.save(files[1], arrays)
        return files


def _inside(block):
    yield block
    for child in block._children.values():
        yield from _inside(child)

