"""Streams of activity: an immutable query, and what reads it."""

from .query import EventPage, EventStream, read_events

__all__ = ["EventPage", "EventStream", "read_events"]
