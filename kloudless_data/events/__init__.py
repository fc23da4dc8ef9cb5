"""Streams of activity: an immutable query, and what reads it."""

from .accounts import read_events
from .query import EventPage, EventStream
from .reader import EventReader

__all__ = ["EventPage", "EventReader", "EventStream", "read_events"]
