"""Type aliases that more than one module uses."""

from __future__ import annotations

from typing import Literal, TypeAlias

DtypeBackend: TypeAlias = Literal["numpy_nullable", "pyarrow"]
