"""Streams of activity: an immutable query, and what reads it."""

from .accounts import read_events
from .reader import EventReader
from .stream import EventPage, EventStream

__all__ = ["EventPage", "EventReader", "EventStream", "read_events"]
