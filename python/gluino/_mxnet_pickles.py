"""What MXNet's own pickles tell, whose objects have other attributes than those here."""
import struct

from . import _core
from .context import cpu, num_gpus


def fill_array(array, state):
    """Gives an array without elements what MXNet's pickle tells: its bytes in a file. They are made
    into a file of this array alone. TypeError and MXNetError for what is no array, or not whole."""
    handle = state["handle"]
    if handle is None:
        return
    if not isinstance(handle, (bytes, bytearray)):
        raise TypeError(f"expected the bytes of an array, got {type(handle)}")
    file = struct.pack("<QQQ", 0x112, 0, 1) + handle + struct.pack("<Q", 0)
    [(_, read)] = _core.load_frombuffer(file)
    if read is not None:
        _core.become(array, read)


def fill_symbol(symbol, state):
    """Gives a symbol what MXNet's pickle tells: its JSON. TypeError for what is no string, MXNetError
    for what is no graph."""
    handle = state["handle"]
    if handle is None:
        return
    if not isinstance(handle, str):
        raise TypeError(f"expected the JSON of a symbol, a string, got {type(handle)}")
    symbol.become(_core.sym_load_json(handle))


def fill_parameter(parameter, state):
    """Gives a parameter what a pickle tells. MXNet's hold gradients, and no second name, and their
    arrays come on the processor, wherever they were."""
    parameter.__dict__.update({"_var_name": state["name"]} | state, _var=None, _trainer=None)
    if parameter._data is None:
        return
    places = list(dict.fromkeys(map(_present, parameter._ctx_list)))
    parameter._stand([array.as_in_context(ctx) for array, ctx in zip(parameter._data, places)],
                     places, state["_grad"])


def _present(ctx):
    """The device, or the processor where this computer has no such GPU."""
    return cpu() if ctx.device_type == "gpu" and ctx.device_id >= num_gpus() else ctx
