"""Numbers as text, the same with every NumPy."""
import contextlib

import numpy as onp

_CHANGES = int(onp.__version__.split(".", 1)[0]) > 1


def as_mxnet_prints():
    """While it lasts, NumPy prints as the one did that MXNet was used with: from 2.2 on it adds the
    shape to long arrays, and from 2.3 on writes some numbers otherwise. What the program itself has
    asked for with `legacy` goes before."""
    if _CHANGES and onp.get_printoptions()["legacy"] is False:
        return onp.printoptions(legacy="1.25")
    return contextlib.nullcontext()
