"""What requests return."""

from .base import Resource, ResourceList, Response, ResponseJson

__all__ = ["Resource", "ResourceList", "Response", "ResponseJson"]
