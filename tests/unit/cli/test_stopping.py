"""Commands that run until Ctrl-C end whenever it comes, at the second one at once."""

from __future__ import annotations

import gc
import signal
import sys

import pytest

from kloudless_data.cli.stopping import StopSignals


@pytest.fixture(autouse=True)
def handlers():
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    yield
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before


def interrupted_at(line, work):
    """Run `work` with a signal at its `line`-th line, libraries' included; True if it came."""
    lines = 0

    def trace(frame, event, argument):
        nonlocal lines
        if event == "line" and frame.f_code is not interrupted_at.__code__:
            lines += 1
            if lines == line:
                sys.settrace(None)
                signal.raise_signal(signal.SIGINT)
        return trace

    sys.settrace(trace)
    try:
        work()
    finally:
        sys.settrace(None)
    return lines >= line


def test_a_signal_at_any_line_of_the_wait_ends_it(monkeypatch):
    """Such as while a lock is held that the handler would wait for."""
    monkeypatch.setattr("kloudless_data.cli.stopping._STEP", 0.0)
    line, came = 0, True
    while came:
        line += 1
        with StopSignals() as stop:
            came = interrupted_at(line, lambda stop=stop: stop.wait(0.001))
            assert stop.received == came
    assert line > 3


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_inside_a_finaliser_is_not_lost(number):
    class Finalised:
        def __del__(self):
            signal.raise_signal(number)

    with StopSignals() as stop:
        one = Finalised()
        one.itself = one
        del one
        gc.collect()
        assert stop.wait(3600)


def test_the_second_signal_interrupts_what_is_under_way():
    with pytest.raises(KeyboardInterrupt), StopSignals() as stop:
        signal.raise_signal(signal.SIGTERM)
        assert stop.received
        signal.raise_signal(signal.SIGINT)


def test_without_a_signal_the_wait_takes_its_time():
    with StopSignals() as stop:
        assert stop.wait(0.01) is False
        assert not stop.received
