"""Progress bars say what was done, and begin where a resumed reading was."""

from __future__ import annotations

import sys
from types import SimpleNamespace

import pytest

import kloudless_data as kd
from kloudless_data.display.progress import _somebody_watches, progress_bar


def last_line(capsys):
    return capsys.readouterr().err.replace("\r", "\n").strip().splitlines()[-1].strip()


def test_a_bar_ends_with_the_count_and_the_time(capsys):
    with progress_bar("Events", unit="events", show=True) as bar:
        for _ in range(120):
            bar.update(1_000)
    ended = last_line(capsys)
    assert ended.startswith("Events: 120,000 events, ")
    assert ended.endswith(" s")


@pytest.mark.parametrize(
    ("seconds", "said"), [(0.31, "0.3 s"), (7.2, "7 s"), (187, "3 min 7 s"), (7_265, "2 h 1 min")]
)
def test_the_time_is_in_words(monkeypatch, seconds, said):
    clock = iter([100.0, 100.0 + seconds])
    monkeypatch.setattr("kloudless_data.display.progress.monotonic", lambda: next(clock))
    bar = progress_bar("Events", unit="events", initial=5, show=False)
    assert bar.summary == f"5 events (0 new), {said}"


@pytest.mark.parametrize(
    ("count", "unit", "said"),
    [(1, "events", "1 event, "), (1, "entries", "1 entry, "), (2, "events", "2 events, ")],
)
def test_the_noun_agrees_with_the_number(count, unit, said):
    bar = progress_bar("Reading", unit=unit, show=False)
    bar._bar.n = count
    assert bar.summary.startswith(said)


def test_a_bar_says_if_there_is_nothing_new(capsys, account):
    latest = account.get("events/latest").data["cursor"]
    assert account.events(cursor=latest, progress=True).to_frame().empty
    assert last_line(capsys) == "Events: nothing new"


def test_a_stream_ends_with_what_was_read(capsys, account):
    account.events(progress=True).to_frame()
    assert last_line(capsys).startswith("Events: 2,500 events, ")


def test_a_resumed_reading_begins_where_it_was(capsys, account):
    stream = account.events(progress=True, page_size=500)
    first = stream.read()
    pages = first.pages()
    next(pages)
    next(pages)
    pages.close()
    capsys.readouterr()
    for _ in stream.read(first.positions, done=first.given):
        pass
    shown = capsys.readouterr().err.replace("\r", "\n")
    assert "1000 events [" in shown  # where it begins
    assert shown.strip().splitlines()[-1].strip().startswith("Events: 2,500 events (1,500 new), ")


def test_a_resumed_frame_begins_where_it_was(capsys, account, monkeypatch):
    stream, calls = account.events(progress=True, page_size=500), []
    decode = type(stream).decode

    def interrupted(self, page):
        calls.append(page)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return decode(self, page)

    monkeypatch.setattr(type(stream), "decode", interrupted)
    with pytest.raises(KeyboardInterrupt):
        stream.to_frame()
    assert "Events: " in capsys.readouterr().err
    stream.to_frame()
    assert last_line(capsys).startswith("Events: 2,500 events (1,500 new), ")


def test_an_interrupted_bar_does_not_say_that_it_is_done(capsys):
    with pytest.raises(KeyboardInterrupt), progress_bar("Events", unit="events", show=True) as bar:
        bar.update(10)
        raise KeyboardInterrupt
    assert "10 events, " not in capsys.readouterr().err


def test_nothing_is_shown_if_nobody_watches(capsys):
    kd.configuration["progress"] = False
    with progress_bar("Events", unit="events") as bar:
        bar.update(1)
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(("shell", "shown"), [(None, False), (SimpleNamespace(kernel=1), True)])
def test_a_notebook_is_one_with_a_kernel_not_a_program_that_imports_one(monkeypatch, shell, shown):
    monkeypatch.setitem(sys.modules, "ipykernel", SimpleNamespace())
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: shell))
    assert _somebody_watches() is shown


def test_a_bar_of_steps_ends_with_the_name_of_the_whole(capsys):
    with progress_bar("Audit", unit="steps", show=True) as bar:
        for step in ("Reading events", "Counting"):
            bar.set_description_str(step)
            bar.update()
    assert last_line(capsys).startswith("Audit: 2 steps, ")
