# Made by python/tools/make_stubs.py from the registry of operators; do not edit.
from collections.abc import Sequence
from typing import Any, Literal, SupportsFloat, SupportsIndex, TypeAlias

from numpy.typing import DTypeLike

from ..context import Context
from ..symbol.symbol import Symbol

_Number: TypeAlias = SupportsFloat
_Row: TypeAlias = SupportsIndex | Sequence[SupportsIndex | None]

def normal(loc: _Number = ..., scale: _Number = ..., shape: _Row = ..., ctx: Context | str = ..., dtype: DTypeLike = ..., name: str | None = ..., attr: dict[str, str] | None = ..., out: None = ..., **kwargs: Any) -> Symbol: ...
def uniform(low: _Number = ..., high: _Number = ..., shape: _Row = ..., ctx: Context | str = ..., dtype: DTypeLike = ..., name: str | None = ..., attr: dict[str, str] | None = ..., out: None = ..., **kwargs: Any) -> Symbol: ...

def __getattr__(name: str) -> Any: ...
