"""Where parameters are, and the types they are asked for in."""

import numpy as np

from .. import context
from ..context import Context


def _places(ctx_list):
    """Where the array of a device stands, by the last bit of its type and by its number. Programs
    for MXNet that put arrays of their own into a parameter look there."""
    places = [[], []]
    for place, ctx in enumerate(ctx_list):
        row = places[ctx.device_typeid & 1]
        row += [None] * (ctx.device_id + 1 - len(row))
        row[ctx.device_id] = place
    return places


def _context_list(ctx):
    if ctx is None:
        return [context.current_context()]
    if isinstance(ctx, Context):
        return [ctx]
    contexts = list(ctx) if hasattr(ctx, '__iter__') else [ctx]
    if all(isinstance(one, Context) for one in contexts):
        return contexts
    raise TypeError(f'expected a Context such as mx.cpu(0), or a list of them, got {ctx!r}')


def _one_of(ctx, device):
    """The place that was given, under 1.x's name or under 2.0's."""
    return ctx if device is None else device


def _dtype(dtype):
    """A type as NumPy knows it; parameters keep it as it was given, and print it so."""
    return np.dtype(dtype) if dtype != 'bfloat16' else dtype


def _is_real(dtype):
    """Whether it is a type of real numbers."""
    return dtype == 'bfloat16' or np.dtype(dtype).kind == 'f'
