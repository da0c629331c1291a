"""Networks made of symbols, trained and used: ``mx.mod``.

A module is a network with its parameters and an optimizer. :class:`Module` computes one symbol on
one context or several; :class:`BucketingModule` one symbol per length of a sequence;
:class:`SequentialModule` several modules one after the other; :class:`PythonModule` is for those
whose computation is written in Python.
"""

from . import base_module
from . import bucketing_module
from . import executor_group
from . import module
from . import python_module
from . import sequential_module
from .base_module import BaseModule
from .bucketing_module import BucketingModule
from .module import Module
from .python_module import PythonLossModule, PythonModule
from .sequential_module import SequentialModule

__all__ = [
    "BaseModule",
    "BucketingModule",
    "Module",
    "PythonLossModule",
    "PythonModule",
    "SequentialModule",
]
