"""Whether a graph is being made, which must hold for batches of other sizes."""

import threading

state = threading.local()


def is_tracing():
    """Whether this thread is within a gluon._nested.Tracing."""
    return getattr(state, 'depth', 0) > 0
