"""The operators of layers, for arrays and symbols of either interface."""

from ... import _core, ndarray, symbol
from .._nested import is_numpy

_NUMPY = 1  # the number of NumPy's face in _core


class _NumpyOperators:
    """The operators on arrays or symbols of the NumPy interface, under their classic names.

    A layer's arithmetic is the same for both interfaces, so that it need not be written twice.
    """

    def __init__(self, prefix=''):
        self._prefix = prefix

    @property
    def contrib(self):
        return _NumpyOperators('_contrib_')

    def __getattr__(self, name):
        name = self._prefix + name

        def call(*inputs, **options):
            given = options.pop('name', None)
            given_inputs = [value for value in inputs if value is not None]
            options = {key: value for key, value in options.items() if value is not None}
            if isinstance(given_inputs[0], symbol.Symbol):
                return _core.sym_invoke(name, given_inputs, options, given or '', _NUMPY)
            outputs = _core.invoke(name, given_inputs, options, face=_NUMPY)
            return outputs[0] if isinstance(outputs, list) and len(outputs) == 1 else outputs
        return call


_numpy_operators = _NumpyOperators()


def operators(F, x):
    """The namespace of the operators for `x`: F, unless it is one of the NumPy interface."""
    if type(x) in (ndarray.NDArray, symbol.Symbol) or not is_numpy(x):
        return F
    return _numpy_operators
