"""Users' operators that want sparse arrays: what their props say of storage, kept beside the library,
which hands dense arrays to them."""
import threading

from .ndarray import zeros

_DENSE = "default"
_calls = threading.local()


class Storage:
    """How the arrays of a call are stored, by its prop: lists of stypes."""

    def __init__(self, prop, stypes):
        told = prop.infer_storage_type(list(stypes))
        self._prop = prop
        self.inputs, self.outputs = list(told[0]), list(told[1])
        self.states = list(told[2]) if len(told) > 2 else []

    def forward(self, op, is_train, req, in_data, out_data, aux):
        """op.forward with arrays that are stored so."""
        outputs, states = Written(self.outputs, out_data, req), Kept(self.states, aux)
        op.forward(is_train=is_train, req=outputs.req, in_data=_stored(self.inputs, in_data),
                   out_data=outputs.arrays, aux=states.arrays)
        outputs.give_back()
        states.give_back()

    def backward(self, op, req, out_grad, in_data, out_data, in_grad, aux):
        """The same of op.backward, for gradients that come as dense arrays."""
        told = self._prop.infer_storage_type_backward(
            [_DENSE] * len(out_grad), list(self.inputs), list(self.outputs),
            [_DENSE] * len(in_grad), list(self.states))
        heads, inputs, outputs, gradients, states = told
        written, kept = Written(gradients, in_grad, req), Kept(states, aux)
        op.backward(req=written.req, out_grad=_stored(heads, out_grad),
                    in_data=_stored(inputs, in_data), out_data=_stored(outputs, out_data),
                    in_grad=written.arrays, aux=kept.arrays)
        written.give_back()
        kept.give_back()


class Written:
    """Arrays that an operator writes: where they are to be sparse, others in their places."""

    def __init__(self, stypes, arrays, req):
        self._pairs = [(array, want, zeros(array.shape, ctx=array.context, dtype=array.dtype,
                                           stype=stype) if stype != _DENSE else array)
                       for array, want, stype in zip(arrays, req, stypes)]
        self.arrays = [given for _, _, given in self._pairs]
        self.req = ["write" if given is not array and want == "add" else want
                    for array, want, given in self._pairs]

    def give_back(self):
        """Puts what was written into the dense arrays."""
        for array, want, given in self._pairs:
            if given is not array and want != "null":
                dense = given.tostype(_DENSE)
                array[:] = array + dense if want == "add" else dense


class Kept:
    """Arrays that an operator may change."""

    def __init__(self, stypes, arrays):
        self._arrays = arrays
        self.arrays = _stored(stypes, arrays)

    def give_back(self):
        """Puts what they are now into the dense arrays."""
        for array, given in zip(self._arrays, self.arrays):
            if given is not array:
                array[:] = given.tostype(_DENSE)


def _stored(stypes, arrays):
    return [array if stype == _DENSE else array.tostype(stype)
            for stype, array in zip(stypes, arrays)] + list(arrays[len(stypes):])


class Calling:
    """While a call of stored arrays runs in this thread, its operator finds its storage here."""

    def __init__(self, storage):
        self._storage = storage

    def __enter__(self):
        self._before, _calls.storage = current(), self._storage

    def __exit__(self, *error):
        _calls.storage = self._before


def current():
    """The storage of the call that is being made; None: all is dense."""
    return getattr(_calls, "storage", None)
