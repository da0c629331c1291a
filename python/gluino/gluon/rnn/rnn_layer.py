"""Recurrent layers: several cells above each other, over whole sequences.

One operator, RNN, computes them; parameters, their names, states and results are those of the
cells of `rnn_cell`.
"""
import math

from ... import ndarray
from ...context import cpu  # noqa: F401
from ...ndarray import NDArray
from ...symbol import Symbol
from ...util import is_np_array, use_np  # noqa: F401
from ..block import HybridBlock
from ..parameter import Parameter, ParameterDict  # noqa: F401
from ..utils import cut_row
from . import _fused
from . import _sequences as sequences
from . import rnn_cell
from ._base_cells import zeros

__all__ = ['RNN', 'LSTM', 'GRU']


class _RNNLayer(HybridBlock):
    """`num_layers` cells above each other, or pairs of cells where `bidirectional`."""

    # Where the memories are kept, which only LSTM has.
    _lstm_state_clip_min = _lstm_state_clip_max = None
    _lstm_state_clip_nan = False
    # Whether the last call gave states, and the sequences' lengths.
    _called_with = None

    def __init__(self, hidden_size, num_layers, layout, dropout, bidirectional, input_size,
                 initializers, dtype='float32', use_sequence_length=False, projection_size=None,
                 **kwargs):
        super().__init__(**kwargs)
        assert layout in ('TNC', 'NTC'), (
            f'Invalid layout {layout}; expected TNC or NTC')
        self._hidden_size = hidden_size
        self._projection_size = projection_size
        self._num_layers = num_layers
        self._layout = layout
        self._dropout = dropout
        self._dir = 2 if bidirectional else 1
        self._input_size = input_size
        for kind, init in initializers.items():
            setattr(self, f'_{kind}_initializer', init)
        self._dtype = dtype
        self._use_sequence_length = use_sequence_length
        self._unfuse()

    # -- what it consists of ---------------------------------------------------------------------

    def _output_size(self):
        return self._projection_size or self._hidden_size

    def _unfuse(self):
        """The cells that share the layer's parameters, as a HybridSequentialRNNCell."""
        if '_unfused' not in self.__dict__:  # as in pickles of MXNet's
            # Not as a child: the parameters are the layer's own.
            object.__setattr__(self, '_unfused', self._make_cells())
        return self._unfused

    def _make_cells(self):
        """The same, whose parameters become the layer's unless it has them."""
        columns = self._input_size
        with self.name_scope():
            stack = rnn_cell.HybridSequentialRNNCell(prefix='')
            for layer in range(self._num_layers):
                cells = [self._cell(columns, f'{side}{layer}_') for side in ('l', 'r')[:self._dir]]
                stack.add(cells[0] if self._dir == 1 else rnn_cell.BidirectionalCell(*cells))
                if self._dropout > 0 and layer < self._num_layers - 1:
                    stack.add(rnn_cell.DropoutCell(self._dropout))
                columns = self._output_size() * self._dir
        return stack

    def _cell(self, input_size, prefix):
        options = {f'{kind}_initializer': getattr(self, f'_{kind}_initializer')
                   for kind in ('i2h_weight', 'h2h_weight', 'i2h_bias', 'h2h_bias')}
        known = ParameterDict(self.prefix + prefix)
        known.update({name: parameter for name, parameter in self.params.items()
                      if name.startswith(known.prefix)})
        cell = self._make_cell(input_size=input_size, prefix=prefix, params=known, **options)
        cell.cast(self._dtype)
        self.params.update(cell.params)
        for kind, parameter in cell._reg_params.items():
            setattr(self, prefix + kind, parameter)
        return cell

    def _collect_params_with_prefix(self, prefix=''):
        """Files name the parameters as those of the cells."""
        found = {}
        for name, parameter in self._reg_params.items():
            place, kind = name.split('_', 1)
            side = {'l': 'l_cell.', 'r': 'r_cell.'}[place[0]] if self._dir == 2 else ''
            found[f'{prefix}{"." if prefix else ""}_unfused.{place[1:]}.{side}{kind}'] = parameter
        return found

    def _parts_of_row(self, row, path, where):
        """The values of the parameters, by their names in files, of a row that has them all, as
        MXNet 2 writes it: the weights of each cell, and then the biases. ValueError where the row
        is too long or too short."""
        shapes = {name: parameter.shape
                  for name, parameter in self._collect_params_with_prefix(path).items()}
        # Inputs of a size not known yet have the one that fills the row.
        unknown = sum(shape[0] for shape in shapes.values() if shape[-1] <= 0)
        known = sum(math.prod(shape) for shape in shapes.values() if shape[-1] > 0)
        columns = (row.size - known) // unknown if unknown else 0
        if columns < bool(unknown) or known + unknown * columns != row.size:
            more = f' and a multiple of {unknown}' if unknown else ''
            raise ValueError(f"Parameter '{path}{'.' if path else ''}rnn_param' of {where}: "
                             f'{self!r} has {known} numbers{more}, found {row.size}')
        in_order = sorted(shapes, key=lambda name: name.endswith('bias'))
        return cut_row(row, {name: shapes[name] if shapes[name][-1] > 0 else
                             (shapes[name][0], columns) for name in in_order})

    def _make_cell(self, **options):
        raise NotImplementedError

    def __repr__(self):
        columns = self.l0_i2h_weight.shape[1]
        parts = [f'{columns if columns else None} -> {self._hidden_size}', self._layout]
        if self._num_layers != 1:
            parts.append(f'num_layers={self._num_layers}')
        if self._dropout != 0:
            parts.append(f'dropout={self._dropout}')
        if self._dir == 2:
            parts.append('bidirectional')
        return f'{type(self).__name__}({", ".join(parts)})'

    # -- states ----------------------------------------------------------------------------------

    def state_info(self, batch_size=0):
        """Shape, layout and type of each state: (layers and directions, batch_size, size)."""
        return [{'shape': (self._num_layers * self._dir, batch_size, size), '__layout__': 'LNC',
                 'dtype': self._dtype} for size in self._state_sizes()]

    def _state_sizes(self):
        return [self._hidden_size]

    def begin_state(self, batch_size=0, func=None, **kwargs):
        """The states of the first step: zeros, or what `func(shape=..., **kwargs)` makes."""
        states = []
        for i, info in enumerate(self.state_info(batch_size)):
            options = {'dtype': info['dtype'], **kwargs, 'shape': info['shape']}
            if func is None or func is ndarray.zeros:
                states.append(zeros(**options))
            else:
                states.append(func(name=f'{self.prefix}h0_{i}', **options))
        return states

    def _check_states(self, states, batch_size):
        for state, info in zip(states, self.state_info(batch_size)):
            if state.shape != info['shape']:
                raise ValueError('Invalid recurrent state shape: expected '
                                 f'{info["shape"]}, got {state.shape}')

    def _states_of_cells(self, states):
        """The states as the cells want them: for each cell each kind."""
        count = self._num_layers * self._dir
        kinds = [sequences.step_list(count, state, 'TNC') for state in states]
        return [kind[i] for i in range(count) for kind in kinds]

    def _states_of_layer(self, states):
        kinds = len(self._state_sizes())
        return [sequences.stacked(states[kind::kinds], 0) for kind in range(kinds)]

    # -- running it ------------------------------------------------------------------------------

    def __call__(self, inputs, states=None, sequence_length=None, **kwargs):
        """Outputs (T, N, C) or (N, T, C) as the layout says; with `states`, one or a list of
        them, outputs and new states. `sequence_length` (N,), where `use_sequence_length`, is the
        number of steps of each sample."""
        if isinstance(states, (NDArray, Symbol)):
            states = [states]
        if sequence_length is not None and not self._use_sequence_length:
            raise ValueError('sequence_length is given, but the layer was made without '
                             'use_sequence_length=True')
        given = states is not None, sequence_length is not None
        if given != self._called_with:
            self._called_with = given
            self._clear_cached_op()  # A graph is for the arguments it was made for.
        args = [states, sequence_length]
        while args and args[-1] is None:
            args.pop()
        return super().__call__(inputs, *args, **kwargs)

    def infer_shape(self, inputs, *args):
        """The first layer has as many columns as the inputs."""
        if len(inputs.shape) != 3:
            raise ValueError(f'expected inputs of 3 axes, {self._layout}, got {inputs.shape}')
        for side in ('l', 'r')[:self._dir]:
            weight = self._reg_params[f'{side}0_i2h_weight']
            weight.shape = (weight.shape[0], inputs.shape[2])

    def hybrid_forward(self, F, inputs, states=None, sequence_length=None, **params):
        """Outputs, with states also the last ones."""
        if states is not None:
            if len(states) != len(self._state_sizes()):
                raise ValueError(f'{type(self).__name__} has {len(self._state_sizes())} states, '
                                 f'got {len(states)}')
            if isinstance(inputs, NDArray):
                self._check_states(states, inputs.shape[self._layout.find('N')])
        outputs, new = self._by_operator(inputs, states, sequence_length, params)
        return outputs if states is None else (outputs, new)

    def _by_operator(self, inputs, states, lengths, params):
        ops = sequences.operators_for(inputs)
        data = inputs if self._layout == 'TNC' else ops.SwapAxis(inputs, dim1=0, dim2=1)
        if states is None:
            states = self._zeros_for(ops, data)
        places = [f'{side}{layer}_' for layer in range(self._num_layers)
                  for side in ('l', 'r')[:self._dir]]
        kinds = ('i2h', 'h2h', 'h2r') if self._projection_size else ('i2h', 'h2h')
        weights = [params[f'{place}{kind}_weight'] for place in places for kind in kinds]
        biases = [params[f'{place}{kind}_bias'] for place in places for kind in ('i2h', 'h2h')]
        for i in range(self._dir):
            rows, columns = self._reg_params[places[i] + 'i2h_weight'].shape
            if not columns:  # Only a symbol comes here before the shape is known.
                at = len(kinds) * i
                weights[at] = _fused.with_columns_of(ops, weights[at], data, rows)
        options = {} if lengths is None else {'use_sequence_length': True}
        if self._lstm_state_clip_min is not None:
            options |= {f'lstm_state_clip_{kind}': getattr(self, f'_lstm_state_clip_{kind}')
                        for kind in ('min', 'max', 'nan')}
        lengths = [] if lengths is None else [ops.Cast(lengths, dtype='float32')]
        outputs, new = _fused.run(
            ops, data, [*states, *lengths], weights, biases,
            state_size=self._hidden_size, num_layers=self._num_layers,
            bidirectional=self._dir == 2, mode=self._mode, p=self._dropout,
            projection_size=self._projection_size or None, **options)
        return outputs if self._layout == 'TNC' else ops.SwapAxis(outputs, dim1=0, dim2=1), new

    def _zeros_for(self, ops, data):
        if isinstance(data, NDArray):
            return self.begin_state(data.shape[1], ctx=data.context, dtype=data.dtype)
        return _fused.zero_states(ops, data, self._num_layers * self._dir, self._state_sizes(),
                                  self.prefix)


def _initializers(**given):
    return {name[:-len('_initializer')]: value for name, value in given.items()}


class RNN(_RNNLayer):
    """Layers of RNNCell with the `activation` 'relu' or 'tanh'.

    Inputs have the `layout` 'TNC' or 'NTC'; `dropout` is applied to the outputs of all layers but
    the last. The state has the shape (layers times directions, N, hidden_size).
    """

    def __init__(self, hidden_size, num_layers=1, activation='relu', layout='TNC', dropout=0,
                 bidirectional=False, i2h_weight_initializer=None, h2h_weight_initializer=None,
                 i2h_bias_initializer='zeros', h2h_bias_initializer='zeros', input_size=0,
                 dtype='float32', **kwargs):
        assert activation in ('relu', 'tanh'), (
            f'Invalid activation {activation}; expected relu or tanh')
        object.__setattr__(self, '_mode', f'rnn_{activation}')
        super().__init__(hidden_size, num_layers, layout, dropout, bidirectional, input_size,
                         _initializers(i2h_weight_initializer=i2h_weight_initializer,
                                       h2h_weight_initializer=h2h_weight_initializer,
                                       i2h_bias_initializer=i2h_bias_initializer,
                                       h2h_bias_initializer=h2h_bias_initializer),
                         dtype, **kwargs)

    def _alias(self):
        return 'rnn'

    def _make_cell(self, **options):
        return rnn_cell.RNNCell(self._hidden_size, activation=self._mode[len('rnn_'):], **options)


class LSTM(_RNNLayer):
    """Layers of LSTMCell; the states are outputs and memories. With `projection_size` the outputs
    are projected to so many numbers (Sak et al., 2014). Memories are kept between
    `state_clip_min` and `state_clip_max`, where given, and become the first where they are no
    numbers and `state_clip_nan`."""

    _mode = 'lstm'

    def __init__(self, hidden_size, num_layers=1, layout='TNC', dropout=0, bidirectional=False,
                 input_size=0, i2h_weight_initializer=None, h2h_weight_initializer=None,
                 i2h_bias_initializer='zeros', h2h_bias_initializer='zeros', projection_size=None,
                 h2r_weight_initializer=None, state_clip_min=None, state_clip_max=None,
                 state_clip_nan=False, dtype='float32', **kwargs):
        if (state_clip_min is None) != (state_clip_max is None):
            raise ValueError('state_clip_min and state_clip_max: expected both or none')
        for kind, bound in (('min', state_clip_min), ('max', state_clip_max),
                            ('nan', state_clip_nan)):
            object.__setattr__(self, f'_lstm_state_clip_{kind}', bound)
        super().__init__(hidden_size, num_layers, layout, dropout, bidirectional, input_size,
                         _initializers(i2h_weight_initializer=i2h_weight_initializer,
                                       h2h_weight_initializer=h2h_weight_initializer,
                                       i2h_bias_initializer=i2h_bias_initializer,
                                       h2h_bias_initializer=h2h_bias_initializer,
                                       h2r_weight_initializer=h2r_weight_initializer),
                         dtype, projection_size=projection_size, **kwargs)

    def _alias(self):
        return 'lstm'

    def _state_sizes(self):
        return [self._output_size(), self._hidden_size]

    def _make_cell(self, **options):
        if not self._projection_size:
            return rnn_cell.LSTMCell(self._hidden_size, **options)
        from ..contrib.rnn import LSTMPCell
        return LSTMPCell(self._hidden_size, self._projection_size,
                         h2r_weight_initializer=self._h2r_weight_initializer, **options)


class GRU(_RNNLayer):
    """Layers of GRUCell."""

    _mode = 'gru'

    def __init__(self, hidden_size, num_layers=1, layout='TNC', dropout=0, bidirectional=False,
                 input_size=0, i2h_weight_initializer=None, h2h_weight_initializer=None,
                 i2h_bias_initializer='zeros', h2h_bias_initializer='zeros', dtype='float32',
                 **kwargs):
        super().__init__(hidden_size, num_layers, layout, dropout, bidirectional, input_size,
                         _initializers(i2h_weight_initializer=i2h_weight_initializer,
                                       h2h_weight_initializer=h2h_weight_initializer,
                                       i2h_bias_initializer=i2h_bias_initializer,
                                       h2h_bias_initializer=h2h_bias_initializer),
                         dtype, **kwargs)

    def _alias(self):
        return 'gru'

    def _make_cell(self, **options):
        return rnn_cell.GRUCell(self._hidden_size, **options)
