"""Where arrays live: `mx.cpu()`, `mx.gpu(1)`, and `with mx.cpu(1):`."""
import threading

from . import _core
from .base import Current, classproperty
# Found here, too, as in MXNet.
from .base import check_call, with_metaclass  # noqa: F401

__all__ = ["Context", "Device", "cpu", "gpu", "cpu_pinned", "cpu_shared", "current_context",
           "current_device", "num_gpus", "gpu_memory_info"]


class Context:
    """A place where arrays live: a kind of device and a number.

    `cpu(0)` and `cpu(1)` are two places on the same processor, so that programs for several devices
    run on any machine. As a context manager it is where arrays are made when nothing else is said.
    """

    devtype2str = {1: "cpu", 2: "gpu", 3: "cpu_pinned", 5: "cpu_shared"}
    devstr2type = {"cpu": 1, "gpu": 2, "cpu_pinned": 3, "cpu_shared": 5}
    _scopes = threading.local()
    _default_ctx = Current(lambda: current_context(), _core.set_context)

    def __init__(self, device_type, device_id=0):
        if isinstance(device_type, Context):
            self.device_typeid = device_type.device_typeid
            self.device_id = device_type.device_id
        else:
            if device_type not in Context.devstr2type:
                raise KeyError(f"expected one of {', '.join(Context.devstr2type)}, got {device_type!r}")
            self.device_typeid = Context.devstr2type[device_type]
            self.device_id = device_id

    @property
    def device_type(self):
        """'cpu', 'gpu', 'cpu_pinned' or 'cpu_shared'."""
        return Context.devtype2str[self.device_typeid]

    @classproperty
    def default_ctx(cls):
        """The context of arrays created without one."""
        return current_context()

    def __hash__(self):
        return hash((self.device_typeid, self.device_id))

    def __eq__(self, other):
        return (isinstance(other, Context) and self.device_typeid == other.device_typeid
                and self.device_id == other.device_id)

    def __str__(self):
        return f"{self.device_type}({self.device_id})"

    __repr__ = __str__

    def __enter__(self):
        before = _core.set_context(self)
        if not hasattr(Context._scopes, "stack"):
            Context._scopes.stack = []
        Context._scopes.stack.append(before)
        return self

    def __exit__(self, *error):
        _core.set_context(Context._scopes.stack.pop())

    def empty_cache(self):
        """Does nothing: what the pool keeps beyond its limit goes back to the system by itself."""


Device = Context


def cpu(device_id=0):
    """A place on the processor."""
    return Context("cpu", device_id)


def cpu_pinned(device_id=0):
    """The processor's memory; where there is no GPU all of it is alike."""
    return Context("cpu_pinned", device_id)


def cpu_shared(device_id=0):
    """The processor's memory; see cpu_pinned."""
    return Context("cpu_shared", device_id)


def gpu(device_id=0):
    """A GPU. Making arrays there raises MXNetError where there is none."""
    return Context("gpu", device_id)


def num_gpus():
    """How many GPUs this build can compute on; with GLUINO_EMULATE_GPUS=N in the environment, N."""
    return _core.num_gpus()


def gpu_memory_info(device_id=0):
    """(free, total) bytes of a GPU. Raises MXNetError where there is none."""
    raise _core.MXNetError(f"gpu_memory_info: there is no GPU {device_id} whose memory could be asked")


def current_context():
    """The context of arrays created without one: cpu(0), unless a with-statement says otherwise."""
    return _core.current_context()


current_device = current_context
