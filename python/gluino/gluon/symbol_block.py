"""Blocks that run a symbol."""

from .. import symbol
from ..ndarray.ndarray import _STORAGE_TYPE_STR_TO_ID
from ..symbol import Symbol
from ..util import is_np_array
from ._graph import outputs_of
from ._nested import (Shape, _flatten, _gather_type_ctx_info, _refuse_inputs,
                      _regroup, without_trailing_none)
from .block import Block
from .hybrid_block import HybridBlock
from ._places import _is_real, _one_of
from .parameter_dict import ParameterDict

_ROW_SPARSE = str(_STORAGE_TYPE_STR_TO_ID['row_sparse'])


class SymbolBlock(HybridBlock):
    """A block that runs a symbol: a network of the symbolic interface, or one from files.

    Parameters
    ----------
    outputs : Symbol or list of Symbol
        What it gives.
    inputs : Symbol or list of Symbol
        The variables that are given in each call; AssertionError for what is no variable. All other
        variables are its parameters.
    params : ParameterDict, optional
        Parameters to take for them, by name.
    """

    def __init__(self, outputs, inputs, params=None):
        super().__init__(prefix='')
        self._prefix = ''
        self._params = ParameterDict('', params)
        inputs = [inputs] if isinstance(inputs, Symbol) and len(inputs.list_outputs()) == 1 \
            else list(inputs)
        if isinstance(outputs, Symbol):
            out = outputs
            self._out_shape = Shape(outputs_of(outputs) if len(outputs) > 1 else outputs)
        else:
            flat, _ = _flatten(outputs, 'output')
            out = symbol.Group(flat) if len(flat) > 1 else flat[0]
            self._out_shape = Shape(outputs)
        self._out_format = 0 if len(out.list_outputs()) == 1 and isinstance(outputs, Symbol) else []
        for variable in inputs:
            assert len(variable.get_internals().list_outputs()) == 1, (
                f'SymbolBlock: the inputs are variables, but {variable!r} is computed')
        _check_dense(out)
        self._in_format = without_trailing_none(_flatten(list(inputs), 'input')[1])
        self._symbol_graph = inputs, out
        self._cached_graph = self._symbol_graph
        self._make_parameters({variable.name for variable in inputs}, out)

    def _make_parameters(self, input_names, out):
        types = _known_types(out)
        states = out.list_auxiliary_states()
        for name in out.list_arguments() + states:
            if name in input_names:
                continue
            options = {} if name not in states else {'grad_req': 'null', 'differentiable': False}
            dtype = types.get(name)
            if dtype is not None and self.params._get_impl(name) is None:
                options['dtype'] = dtype
                if not _is_real(dtype):  # nothing to be trained
                    options['grad_req'] = 'null'
            self.params.get(name, allow_deferred_init=True, **options)
        prefix = _common_prefix(list(self.params.keys()))
        self._reg_params = {name[len(prefix):]: p for name, p in self.params.items()}

    def _clear_cached_op(self):
        formats = self.__dict__.get('_in_format'), self.__dict__.get('_out_format')
        super()._clear_cached_op()
        # Its graph was given, and stays.
        self._in_format, self._out_format = formats
        self._cached_graph = self.__dict__.get('_symbol_graph', ())

    def __setstate__(self, state):
        if '_symbol_graph' not in state:  # MXNet's
            inputs, out = state['_cached_graph']
            nested, _ = _regroup(outputs_of(out), state['_out_format'])
            state = state | {'_symbol_graph': (inputs, out), '_out_shape': Shape(nested)}
        super().__setstate__(state)

    @staticmethod
    def imports(symbol_file, input_names, param_file=None, ctx=None, allow_missing=False,
                ignore_extra=False, device=None):
        """The network that `export`, Module or MXNet wrote.

        Parameters
        ----------
        symbol_file : str
            The graph, JSON.
        input_names : str or list of str
            The variables that are given in each call.
        param_file : str, optional
            The parameters; without it they are to be initialized.
        ctx : Context or list of Context, optional
            Where they are to be; 2.0 calls it `device`.
        allow_missing, ignore_extra : bool
            Whether the file may lack parameters, or hold others: else an AssertionError.
        """
        names = [input_names] if isinstance(input_names, str) else list(input_names)
        out = symbol.load(symbol_file)
        if is_np_array():
            out = out.as_np_ndarray()
        block = SymbolBlock(out, [symbol.var(name) for name in names])
        if param_file is not None:
            block.collect_params().load(param_file, _one_of(ctx, device), allow_missing,
                                        ignore_extra, cast_dtype=True, dtype_source='saved')
        return block

    def __repr__(self):
        inputs, out = self._symbol_graph
        return (f'{type(self).__name__}(\n{out!r} : {len(inputs)} -> '
                f'{len(out.list_outputs())}\n)')

    def _own_params(self):
        return list(self.params.values())

    def __call__(self, *args):
        return Block.__call__(self, *args)

    def forward(self, x, *args):
        """Runs the symbol, or for symbols puts them in the place of its inputs."""
        has_symbol, has_array, _, _ = _gather_type_ctx_info((x,) + args)
        if has_symbol == has_array:
            _refuse_inputs('SymbolBlock', (x,) + args, has_array)
        if has_array:
            return self._call_cached_op(x, *args)
        flat, nesting = _flatten((x,) + args, 'input')
        if without_trailing_none(nesting) != self._in_format:
            raise ValueError(f'SymbolBlock: expected arguments nested as {self._in_format}, got '
                             f'{nesting}')
        inputs, out = self._symbol_graph
        composed = out(**{variable.name: given for variable, given in zip(inputs, flat)})
        if self._out_format == 0:
            return composed
        return self._out_shape.fill(iter(outputs_of(composed)))

    def _symbolic_forward(self, *args):
        return self.forward(*args)

    def infer_shape(self, *args):
        """Finds the shapes of the parameters from those of these inputs."""
        inputs, out = self._symbol_graph
        flat, _ = _flatten(args, 'input')
        known = {variable.name: array.shape for variable, array in zip(inputs, flat)}
        known.update({name: p.shape for name, p in self.params.items() if p._settled()})
        arguments, _, states = out.infer_shape(**known)
        if arguments is None:
            raise ValueError('the symbol does not tell them')
        found = dict(zip(out.list_arguments(), arguments))
        found.update(zip(out.list_auxiliary_states(), states))
        for name, parameter in self.params.items():
            parameter.shape = found[name]

    def cast(self, dtype):
        """Converts all parameters to another type."""
        self._clear_cached_op()
        for parameter in self.params.values():
            parameter.cast(dtype)

    def reset_ctx(self, ctx):
        """Moves all parameters to other devices."""
        for parameter in self.params.values():
            parameter.reset_ctx(ctx)

    def hybrid_forward(self, F, x, *args, **kwargs):
        """A SymbolBlock has none; it is called."""
        raise NotImplementedError('SymbolBlock.hybrid_forward')


def _check_dense(out):
    """AssertionError where a variable is row_sparse: a Trainer holds the rows of such parameters,
    and a block that runs a symbol gets all of each."""
    for name, attributes in out.attr_dict().items():
        assert attributes.get('__storage_type__') != _ROW_SPARSE, (
            f"SymbolBlock: the variable '{name}' is stored as row_sparse, expected dense ones")


def _known_types(out):
    """The types of the variables as far as the symbol tells them."""
    arguments, _, states = out.infer_type_partial()
    if arguments is None:
        return {}
    types = dict(zip(out.list_arguments(), arguments))
    types.update(zip(out.list_auxiliary_states(), states or []))
    return types


def _common_prefix(names):
    """What all names begin with."""
    if not names:
        return ''
    prefix = names[0]
    for name in names:
        while not name.startswith(prefix):
            prefix = prefix[:-1]
    return prefix
