"""What looks odd and is honest: a script for each, and how common it is."""

from __future__ import annotations

from ..case import Incident
from .files import FILES
from .people import PEOPLE

__all__ = ["ODDITIES"]

ODDITIES: dict[Incident, float] = {**PEOPLE, **FILES}
