"""An administrator's account of a whole organisation, with labelled incidents."""

from .organisation import Organisation

__all__ = ["Organisation"]
