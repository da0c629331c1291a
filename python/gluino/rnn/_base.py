"""What the cells of mx.rnn have in common: weights, states, and loops over the steps."""
import warnings

from .. import symbol
from ..gluon.rnn._base_cells import expect_not_modified

__all__ = ['RNNParams', 'BaseRNNCell']


class RNNParams:
    """The variables that cells have as weights, by their names; cells with the same one share them.

    Parameters
    ----------
    prefix : str
        What all names begin with.
    """

    def __init__(self, prefix=''):
        self._prefix = prefix
        self._params = {}

    def get(self, name, **kwargs):
        """The variable of that name, which is made with these options if there is none yet."""
        name = self._prefix + name
        if name not in self._params:
            self._params[name] = symbol.Variable(name, **kwargs)
        return self._params[name]


def parts_of(value):
    """A list of symbols as such; of a symbol the parts."""
    return list(value) if isinstance(value, (list, tuple)) else [value]


def steps_of(length, inputs, layout):
    """The inputs as a list with a symbol (N, ...) for each step."""
    if isinstance(inputs, symbol.Symbol):
        assert len(inputs.list_outputs()) == 1, (
            "unroll: expected one symbol, got a grouped symbol; give a list of its parts")
        return list(symbol.split(inputs, axis=layout.find('T'), num_outputs=length,
                                 squeeze_axis=True))
    assert length is None or len(inputs) == length, (
        f'unroll: expected {length} steps, got a list of {len(inputs)}')
    return list(inputs)


def joined(steps, layout):
    """The steps as one symbol; one symbol as such."""
    if isinstance(steps, symbol.Symbol):
        return steps
    axis = layout.find('T')
    return symbol.concat(*[symbol.expand_dims(step, axis=axis) for step in steps], dim=axis)


def arranged(length, values, layout, merge):
    """One symbol if `merge`, a list if it is False, what there is if it is None."""
    if merge is None:
        return values
    return joined(values, layout) if merge else steps_of(length, values, layout)


class BaseRNNCell:
    """A cell: computes an output and new states from an input and states, by `cell(inputs, states)`.

    To derive from: give `__call__` and `state_info`, and `_gate_names` if the weights have parts.

    Parameters
    ----------
    prefix : str
        What the names of weights and of nodes begin with.
    params : RNNParams, optional
        Where the weights are; its own by default.
    """

    # The parts of a weight or a bias, in their order, as they are named in files.
    _gate_names: tuple[str, ...] = ()

    def __init__(self, prefix='', params=None):
        self._own_params = params is None
        self._prefix = prefix
        self._params = RNNParams(prefix) if params is None else params
        self._modified = False
        self.reset()

    def reset(self):
        """Counts steps from 0 again, as for another sequence."""
        self._init_counter = -1
        self._counter = -1

    def __call__(self, inputs, states):
        """The output of one step, a symbol, and the new states, a list."""
        raise NotImplementedError()

    @property
    def params(self):
        """The weights, which then are no more the cell's own."""
        self._own_params = False
        return self._params

    @property
    def state_info(self):
        """A dictionary for each state: its shape, with 0 for the number of samples, and its
        layout."""
        raise NotImplementedError()

    @property
    def state_shape(self):
        """The shape of each state."""
        return [info['shape'] for info in self.state_info]

    def begin_state(self, func=symbol.zeros, **kwargs):
        """The states before the first step: for each what `func` makes of a name, a shape with 0
        for the number of samples, and `kwargs`."""
        expect_not_modified(self)
        states = []
        for info in self.state_info:
            self._init_counter += 1
            states.append(func(name=f'{self._prefix}begin_state_{self._init_counter}',
                               **{**(info or {}), **kwargs}))
        return states

    def _groups(self):
        """The names of weights and biases of inputs and of states, without what is behind."""
        return [f'{self._prefix}{group}' for group in ('i2h', 'h2h')]

    def unpack_weights(self, args):
        """A dictionary with each gate's weights for the cell's weights in `args`."""
        args = dict(args)
        for group in self._groups() if self._gate_names else ():
            for kind in ('weight', 'bias'):
                whole = args.pop(f'{group}_{kind}')
                rows = whole.shape[0] // len(self._gate_names)
                for i, gate in enumerate(self._gate_names):
                    args[f'{group}{gate}_{kind}'] = whole[i * rows:(i + 1) * rows].copy()
        return args

    def pack_weights(self, args):
        """A dictionary with the cell's weights for each gate's in `args`."""
        from ..ndarray import concat
        args = dict(args)
        for group in self._groups() if self._gate_names else ():
            for kind in ('weight', 'bias'):
                parts = [args.pop(f'{group}{gate}_{kind}') for gate in self._gate_names]
                args[f'{group}_{kind}'] = concat(*parts, dim=0)
        return args

    def unroll(self, length, inputs, begin_state=None, layout='NTC', merge_outputs=None):
        """The outputs of `length` steps and the states behind.

        Parameters
        ----------
        length : int
        inputs : Symbol or list of Symbol
            The whole sequence in the order of `layout`, or one symbol (N, ...) for each step.
        begin_state : list of Symbol, optional
            Zeros by default.
        layout : str
            "NTC" or "TNC", of inputs and outputs that are one symbol.
        merge_outputs : bool, optional
            True: the outputs are one symbol; False: a list; by default what comes of itself.
        """
        self.reset()
        steps = steps_of(length, inputs, layout)
        states = self.begin_state() if begin_state is None else begin_state
        outputs = []
        for step in steps:
            output, states = self(step, states)
            outputs.append(output)
        return arranged(length, outputs, layout, merge_outputs), states

    def _get_activation(self, inputs, activation, **kwargs):
        """An activation by its name, or a function's result."""
        if isinstance(activation, str):
            return symbol.Activation(inputs, act_type=activation, **kwargs)
        return activation(inputs, **kwargs)

    def _next_step(self):
        """What the names of a step's nodes begin with."""
        self._counter += 1
        return f'{self._prefix}t{self._counter}_'


def warn_of_layout(layout):
    """Tells that "TNC" is faster."""
    if layout == 'NTC':
        warnings.warn('a FusedRNNCell computes in the layout TNC, and is faster where it gets that',
                      stacklevel=3)
