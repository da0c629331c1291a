"""Parameters that nothing trains."""

import warnings

from .. import initializer, ndarray
from .parameter import Parameter


class Constant(Parameter):
    """A parameter that nothing trains, made of an array or of what becomes one.

    `Constant(name, value)`, or `Constant(value)` as in 2.0.
    """

    def __init__(self, name, value=None):
        if value is None:
            name, value = 'const', name
        if not isinstance(value, ndarray.NDArray):
            value = ndarray.array(value)
        self.value = value
        super().__init__(name, grad_req='null', shape=value.shape, dtype=value.dtype,
                         init=initializer.Constant(value))

    def __setstate__(self, state):
        # MXNet's have the name of an initializer that only the program knew that made them.
        super().__setstate__(state | {'init': initializer.Constant(state['value'])})

    def __repr__(self):
        return f'Constant {self.name} (shape={self.shape}, dtype={self.dtype})'

    @property
    def grad_req(self):
        """'null'; another value is ignored, with a warning."""
        return 'null'

    @grad_req.setter
    def grad_req(self, req):
        self._grad_req = 'null'
        if req != 'null':
            warnings.warn(f'Constant {self.name}: grad_req stays "null", "{req}" is ignored',
                          stacklevel=2)
