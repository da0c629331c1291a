"""Nodes that are the operators on pictures: those of mx.sym.image, on mx.sym.np symbols."""
from ... import _core
from ..._operators import SYM_NP, all_names

_PREFIX = "_image_"

globals().update({name[len(_PREFIX):]: _core.make_operator(op, SYM_NP, name[len(_PREFIX):])
                  for name, op in all_names() if name.startswith(_PREFIX)})
