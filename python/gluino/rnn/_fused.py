"""Several layers of one kind as one operator."""
from .. import symbol
from ..initializer import FusedRNN
from ..initializer.rnn import GATES, packed_inputs, packed_parts
from ._base import BaseRNNCell, arranged, joined, warn_of_layout
from ._cells import GRUCell, LSTMCell, RNNCell
from ._combined import BidirectionalCell, SequentialRNNCell

__all__ = ['FusedRNNCell']


class FusedRNNCell(BaseRNNCell):
    """All layers of a recurrent net by the operator RNN, whose weights lie in one vector. It has no
    single steps.

    Parameters
    ----------
    num_hidden, num_layers : int
    mode : str
        "rnn_relu", "rnn_tanh", "lstm" or "gru".
    bidirectional : bool
    dropout : float
        The share of numbers that are left out between layers, in training.
    get_next_state : bool
        Whether `unroll` gives the states behind the last step.
    forget_bias : float
        Where the biases of LSTM's gates that forget begin.
    prefix, params
        See :class:`BaseRNNCell`; the prefix is by default the mode's name.
    """

    def __init__(self, num_hidden, num_layers=1, mode='lstm', bidirectional=False, dropout=0.,
                 get_next_state=False, forget_bias=1.0, prefix=None, params=None):
        super().__init__(prefix=f'{mode}_' if prefix is None else prefix, params=params)
        self._num_hidden = num_hidden
        self._num_layers = num_layers
        self._mode = mode
        self._bidirectional = bidirectional
        self._dropout = dropout
        self._get_next_state = get_next_state
        self._gate_names = GATES[mode]
        # What the functions about the vector ask for.
        self._net = (mode, num_hidden, num_layers, bidirectional)
        self._parameter = self.params.get('parameters', init=FusedRNN(
            None, num_hidden, num_layers, mode, bidirectional, forget_bias))

    @property
    def state_info(self):
        """One or two states (layers and directions, N, num_hidden)."""
        rows = self._num_layers * (2 if self._bidirectional else 1)
        count = 2 if self._mode == 'lstm' else 1
        return [{'shape': (rows, 0, self._num_hidden), '__layout__': 'LNC'} for _ in range(count)]

    def unpack_weights(self, args):
        """See :meth:`BaseRNNCell.unpack_weights`; the names are those of `unfuse`."""
        args = dict(args)
        row = args.pop(self._parameter.name)
        begin = 0
        for name, shape in packed_parts(packed_inputs(row.size, *self._net), *self._net):
            end = begin + shape[0] * (shape[1] if len(shape) > 1 else 1)
            args[self._prefix + name] = row[begin:end].reshape(shape).copy()
            begin = end
        return args

    def pack_weights(self, args):
        """See :meth:`BaseRNNCell.pack_weights`."""
        from ..ndarray import concat
        args = dict(args)
        inputs = args[f'{self._prefix}l0_i2h{self._gate_names[0]}_weight'].shape[1]
        parts = [args.pop(self._prefix + name).reshape((-1,))
                 for name, _ in packed_parts(inputs, *self._net)]
        args[self._parameter.name] = concat(*parts, dim=0)
        return args

    def __call__(self, inputs, states):
        raise NotImplementedError('a FusedRNNCell takes no single step; call unroll, or unfuse '
                                  'for cells that do')

    def unroll(self, length, inputs, begin_state=None, layout='NTC', merge_outputs=None):
        """See :meth:`BaseRNNCell.unroll`; by default the outputs are one symbol."""
        self.reset()
        data = joined(inputs, layout)
        warn_of_layout(layout)
        if layout == 'NTC':
            data = symbol.swapaxes(data, dim1=0, dim2=1)
        states = self.begin_state() if begin_state is None else begin_state
        made = symbol.RNN(data, self._parameter, *states, state_size=self._num_hidden,
                          num_layers=self._num_layers, bidirectional=self._bidirectional,
                          p=self._dropout, mode=self._mode, state_outputs=self._get_next_state,
                          name=f'{self._prefix}rnn')
        outputs, *states = made if self._get_next_state else [made]
        if layout == 'NTC':
            outputs = symbol.swapaxes(outputs, dim1=0, dim2=1)
        return arranged(length, outputs, layout, merge_outputs), states

    def unfuse(self):
        """The same net as cells with weights of their own: see :meth:`unpack_weights`."""
        kinds = {
            'rnn_relu': lambda prefix: RNNCell(self._num_hidden, activation='relu', prefix=prefix),
            'rnn_tanh': lambda prefix: RNNCell(self._num_hidden, activation='tanh', prefix=prefix),
            'lstm': lambda prefix: LSTMCell(self._num_hidden, prefix=prefix),
            'gru': lambda prefix: GRUCell(self._num_hidden, prefix=prefix),
        }
        make = kinds[self._mode]
        stack = SequentialRNNCell()
        for i in range(self._num_layers):
            cell = make(f'{self._prefix}l{i}_')
            if self._bidirectional:
                cell = BidirectionalCell(cell, make(f'{self._prefix}r{i}_'),
                                         output_prefix=f'{self._prefix}bi_l{i}_')
            stack.add(cell)
            if self._dropout > 0 and i + 1 < self._num_layers:
                from ._modifiers import DropoutCell
                stack.add(DropoutCell(self._dropout, prefix=f'{self._prefix}_dropout{i}_'))
        return stack
