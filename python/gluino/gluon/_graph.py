"""The graphs of hybridized blocks, and what runs them."""

import warnings
from collections import OrderedDict

from .. import _core, autograd, symbol
from ..base import MXNetError
from ..ndarray import NDArray
from ._nested import Eager, Shape, Tracing, arrays_in, others_in

#: Graphs of a forward of one's own are kept for so many shapes and modes; the one unused for
#: longest goes first.
_MAX_GRAPHS = 64


class SymbolGraph:
    """The compiled graph of a symbol, with parameters for the variables that are no inputs.

    Called with the list of the inputs, it gives the list of the outputs.
    """

    def __init__(self, out, input_names, params, flags, block):
        self.symbol = out
        #: The variables of the inputs, some of which the symbol may not have.
        self.input_names = list(input_names)
        self._op = compiled(out, flags, block)
        numbers = {name: i for i, name in enumerate(input_names)}
        self._sources = []
        for name in out.list_inputs():
            source = numbers.get(name, params.get(name))
            if source is None:
                raise ValueError(f'{block.name}: its graph has a variable "{name}" that is neither '
                                 'an input nor a parameter of the block')
            self._sources.append((name, source))

    #: Whether it is called with one array and gives one: call_one.
    takes_one = False

    def __call__(self, arrays):
        outputs = self._op(*self._gather(arrays))
        return outputs if isinstance(outputs, list) else [outputs]

    def call_one(self, array):
        """The only output for the only input."""
        return self([array])[0]

    def _gather(self, arrays):
        ctx = arrays[0].context
        return [arrays[source] if type(source) is int else source.data(ctx)
                for _, source in self._sources]

    def named_arrays(self):
        """The parameters with their variables' names, in the graph's order."""
        return [(name, source) for name, source in self._sources if type(source) is not int]

    def parameters(self):
        """The parameters, in the order in which the graph takes them."""
        return [source for _, source in self.named_arrays()]


class HookedOp:
    """A compiled graph that tells a block's operator hook what each operator gives."""

    def __init__(self, out, flags, block):
        internals = out.get_internals()
        entries = outputs_of(internals)
        self._heads = [next(i for i, entry in enumerate(entries) if entry.same_outputs(head))
                       for head in outputs_of(out)]
        self._calls = internals.calls()
        self._op = _core.CachedOp(internals, flags)
        self._block = block

    def __call__(self, *arrays):
        values = self._op(*arrays)
        values = values if isinstance(values, list) else [values]
        callback, everything = self._block._callback, self._block._monitor_all
        for op, inputs, outputs in self._calls:
            for name, place in (inputs if everything else []) + outputs:
                callback(name, op, values[place])
        return [values[place] for place in self._heads]


def compiled(out, flags, block):
    """What computes a symbol's outputs, a list of them or the only one."""
    if block._callback is None:
        return _core.CachedOp(out, flags)
    return HookedOp(out, flags, block)


def outputs_of(out):
    """A symbol of each output; those of the NumPy interface are not iterated over."""
    return [out.output(i) for i in range(len(out))]


class TracedGraphs:
    """The graphs of a block with a forward of its own: one for each nesting and shapes of the
    inputs, mode and place."""

    def __init__(self, block):
        self._block = block
        self._graphs = OrderedDict()
        self._refused = False
        #: The graph of the last call; None where that ran forward as it is.
        self.last_used = None

    def latest(self):
        """The graph for export: one for inference, if there is one."""
        graphs = list(self._graphs.items())
        for key, graph in reversed(graphs):
            if not key[-1]:
                return graph
        return graphs[-1][1] if graphs else None

    def __call__(self, args):
        self.last_used = None
        arrays = list(arrays_in(args))
        if self._refused or not arrays or any(True for _ in others_in(args)):
            return self._block._eager_forward(*args)
        key = (_nesting(args), tuple((a.shape, str(a.dtype)) for a in arrays), arrays[0].context,
               autograd.is_recording(), autograd.is_training())
        graph = self._graphs.get(key)
        if graph is not None and not graph.may_differ:
            self._graphs.move_to_end(key)
            self.last_used = graph
            return graph(arrays)
        first = None
        if any(p._data is None for p in self._block.collect_params().values()):
            # Parameters that wait for their shapes draw their values in a forward in earnest.
            first = self._first_forward(args)
        try:
            graph = TracedGraph(self._block, args, graph)
        except MXNetError as error:
            warnings.warn(f'{self._block.name} cannot become a graph and runs as it is: {error}',
                          stacklevel=4)
            self._refused = True
            return self._block._eager_forward(*args) if first is None else first
        self._graphs[key] = self.last_used = graph
        while len(self._graphs) > _MAX_GRAPHS:
            self._graphs.popitem(last=False)
        return graph(arrays) if first is None else first

    def _first_forward(self, args):
        """What the block gives; None where operator hooks are to see a graph compute that."""
        with Eager():
            if self._block._callback is None:
                return self._block._eager_forward(*args)
            with autograd.pause():
                self._block._eager_forward(*args)
        return None


class TracedGraph:
    """What a forward of one's own computes for inputs like these, noted without computing it.

    What `earlier` has compiled is taken over if it computes the same.
    """

    def __init__(self, block, args, earlier=None):
        params = {p._var_name: p for p in block.collect_params().values()}
        count = sum(1 for _ in arrays_in(args))
        self.input_names = ['data'] if count == 1 else [f'data{i}' for i in range(count)]
        with _core.ForwardTracer() as tracer:
            outputs, self._shape = _trace(tracer, block, args, params, self.input_names)
            names = [(array, name) for name, p in params.items() for array in p.list_data()]
            self.symbol, program, variables, self.may_differ = tracer.finish(outputs, names)
        self._sources = [(name, number if number >= 0 else params.get(name, array))
                         for name, number, array in variables]
        self._text = program.tojson() if self.may_differ else None
        if earlier is not None and self._text is not None and self._text == earlier._text:
            self._op, self._order, self._results = earlier._op, earlier._order, earlier._results
        else:
            self._compile(program, block)

    def _compile(self, program, block):
        """Outputs that are variables, where forward gives what it got, are not computed."""
        heads = outputs_of(program)
        inputs = program.list_inputs()
        places = {name: i for i, name in enumerate(inputs)}
        is_variable = [len(head.get_internals().list_outputs()) == 1 and head.name in places
                       for head in heads]
        computed = [head for head, skip in zip(heads, is_variable) if not skip]
        count = len(self.symbol.list_outputs())
        begin = len(heads) - count
        self._results, number = [], 0
        for i, head in enumerate(heads):
            if i >= begin:
                self._results.append(('source', places[head.name]) if is_variable[i]
                                     else ('output', number))
            number += not is_variable[i]
        self._op, self._order = None, []
        if computed:
            needed = symbol.Group(computed)
            self._order = [places[name] for name in needed.list_inputs()]
            if not self._order:
                raise MXNetError('hybridize: nothing that forward computes depends on an input or a '
                                 'parameter')
            self._op = compiled(needed, [], block)

    def __call__(self, arrays):
        ctx = arrays[0].context
        given = [arrays[s] if type(s) is int else s if isinstance(s, NDArray) else s.data(ctx)
                 for _, s in self._sources]
        outputs = []
        if self._op is not None:
            outputs = self._op(*[given[i] for i in self._order])
            outputs = outputs if isinstance(outputs, list) else [outputs]
        return self._shape.fill(iter([given[i] if kind == 'source' else outputs[i]
                                      for kind, i in self._results]))

    def named_arrays(self):
        """The parameters and the arrays of forward's own with their variables' names, in the
        graph's order."""
        return [(name, source) for name, source in self._sources if type(source) is not int]


def _trace(tracer, block, args, params, input_names):
    """What forward gives for stand-ins, in a row, and how it is nested. Nobody else may hold it
    when the tracer finishes."""
    stand_ins = [tracer.add_input(array, name) for array, name in zip(arrays_in(args), input_names)]
    for parameter in params.values():
        for array in parameter.list_data():
            tracer.watch(array)
    with Tracing():
        out = block.forward(*Shape(args).fill(iter(stand_ins)))
    for other in others_in(out):
        raise MXNetError(f'hybridize: forward gives a {type(other).__name__}; a graph gives arrays, '
                         'numbers and texts, in lists and tuples')
    return list(arrays_in(out)), Shape(out)


def _nesting(value):
    if isinstance(value, (list, tuple)):
        return (type(value).__name__,) + tuple(_nesting(item) for item in value)
    # Of a number the type counts, too: 1 and 1.0 are two to an array of whole numbers.
    return (type(value), value) if isinstance(value, (int, float, str)) else value is None
