"""Thorough tests open no socket either: servers and sandboxes answer in memory."""

from unit.conftest import _no_socket, dead_url, sandbox, serve

__all__ = ["_no_socket", "dead_url", "sandbox", "serve"]
