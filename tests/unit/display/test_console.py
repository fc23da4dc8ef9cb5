"""Tables fit their screen, and show ids in full so that they can be copied."""

from __future__ import annotations

import io
import json
import sys

import pandas as pd
import pytest

from kloudless_data.cli import main
from kloudless_data.display.console import Screen, print_table
from kloudless_data.display.records import json_array, json_lines, records_of_frame

LONG_ID = "F469d9c5511d423e2a7b1"


@pytest.fixture
def frame():
    return pd.DataFrame(
        {
            "id": [LONG_ID, "2"],
            "name": ["Gehälter 2026 😀, the very long name of a file.xlsx", "a\x1b[2Jb"],
            "metadata_owner_email": ["paula.romano@aldermoor.example", None],
            "owner_id": ["ufa5708ef0123", "u2"],
            "size": [41_423, 7],
        }
    )


def printed(frame, capsys, **options):
    print_table(frame, list(frame.columns), **options)
    return capsys.readouterr().out.splitlines()


@pytest.mark.parametrize("width", [60, 75, 100, 140])
def test_a_terminal_gets_lines_that_fit_with_whole_ids(frame, capsys, width):
    from rich.cells import cell_len

    lines = printed(frame, capsys, screen=Screen(width, 20), count=True)
    assert max(map(cell_len, lines[:6])) <= width
    assert LONG_ID in lines[3]
    assert "\x1b" not in "".join(lines)
    assert "2 rows" in lines[6]
    left_out = lines[7].removeprefix("Not shown: ").split(", ") if len(lines) > 7 else []
    for name in frame.columns:
        assert (name in left_out) != (name in lines[1] or name[:7] in lines[1])


def test_an_id_wider_than_the_screen_is_whole(frame, capsys):
    lines = printed(frame, capsys, screen=Screen(20, 20))
    assert LONG_ID in lines[3]


@pytest.fixture
def findings():
    sentence = (
        "giulia@aldermoor.example deleted 199 files of others; 売上, otherwise never any. "
        + "x" * 90
    )
    return pd.DataFrame(
        {
            "severity": ["high", "low"],
            "start": pd.to_datetime(["2026-02-26 02:26", "2026-02-19 04:57"], utc=True),
            "person": ["giulia.silva@aldermoor.example", None],
            "sentence": [sentence, ""],
            "id": ["90f896c29d80", "d0f125b05451"],
        }
    )


@pytest.mark.parametrize("width", [40, 60, 100, 240])
def test_a_terminal_gets_every_word_of_a_sentence_below_its_row(findings, capsys, width):
    from rich.cells import cell_len

    lines = printed(findings, capsys, screen=Screen(width, 20), count=True)
    box = lines[: lines.index("2 rows")]
    assert len({cell_len(line) for line in box}) == 1
    assert cell_len(box[0]) <= width
    first, last = (n for n, line in enumerate(box) if "90f896c29d80" in line or "d0f1" in line)
    below = "".join(line.strip("│ ") for line in box[first + 1 : last])
    assert below.replace(" ", "") == findings["sentence"][0].replace(" ", "")
    assert "sentence" not in "".join(lines)
    assert last == len(box) - 2  # an empty sentence takes no line


def test_a_narrow_terminal_gets_whole_times(findings, capsys):
    text = "\n".join(printed(findings, capsys, screen=Screen(50, 20)))
    assert "2026-02-26 02:26" in text


def test_a_pipe_gets_everything_whole(frame, capsys):
    text = "\n".join(printed(frame, capsys, screen=Screen(None, 1_000)))
    for value in (LONG_ID, frame["name"][0], "paula.romano@aldermoor.example", "41423"):
        assert value in text


def test_many_rows_are_the_first_ones_and_their_number(capsys):
    many = pd.DataFrame({"id": map(str, range(50_000))})
    lines = printed(many, capsys, screen=Screen(80, 15), count=True)
    assert len(lines) == 15 + 5
    assert lines[-1].startswith("50,000 rows, 15 shown")
    lines = printed(many.head(15), capsys, screen=Screen(80, 15), count=True, total=70_000)
    assert lines[-1].startswith("70,000 rows, 15 shown")


@pytest.mark.parametrize("encoding", ["cp1252", "ascii", "gbk", "utf-8"])
def test_every_encoding_gets_a_table_with_escapes_for_missing_characters(
    frame, encoding, monkeypatch
):
    target = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    monkeypatch.setattr(sys, "stdout", target)
    print_table(frame, ["id", "name"], count=True)
    target.flush()
    text = target.buffer.getvalue().decode(encoding)
    assert ("Gehälter" in text) == (encoding in ("cp1252", "utf-8"))
    assert ("😀" in text) == (encoding == "utf-8")
    assert "\\U0001f600" in text or encoding == "utf-8"
    lines = text.splitlines()
    assert len({len(line) for line in lines[3:5] if line.isascii()}) <= 1


class Terminal(io.StringIO):
    encoding = "utf-8"

    def isatty(self):
        return True


@pytest.mark.parametrize(
    ("settings", "bold"), [({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)]
)
def test_no_color_means_no_escapes(monkeypatch, settings, bold):
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    assert Screen.of(Terminal()).bold is bold
    assert not Screen.of(io.StringIO()).bold


def test_columns_says_how_wide_a_terminal_is(monkeypatch):
    monkeypatch.setenv("COLUMNS", "60")
    assert Screen.of(Terminal()).width == 60
    assert Screen.of(io.StringIO()).width is None


def test_columns_that_are_cut_share_the_width(capsys):
    texts = [["x" * 300, "y" * 200, "z"]]
    frame = pd.DataFrame(texts, columns=["method", "source", "name"])
    print_table(frame, list(frame.columns), count=True, screen=Screen(120, 1_000))
    lines = capsys.readouterr().out.splitlines()
    assert {len(line) for line in lines if line[0] in "╭│├╰"} == {120}
    method, source = lines[3].split("│")[1:3]
    assert min(len(method), len(source)) > 20  # not one of them whole and the other cut to nothing


def test_json_has_lists_as_lists_and_times_as_iso():
    frame = pd.DataFrame(
        {
            "apis": ['["storage", "core"]', None],
            "name": ["[draft]", "{1}"],
            "extra": ['{"a": 1}', "{cut"],
            "size": pd.array([1, None], "Int64"),
            "share": [0.5, float("nan")],
            "created": pd.to_datetime(["2026-03-01T10:00:00.5Z", None]),
            "many": [[1, 2], None],
        }
    )
    first, second = json.loads("".join(json_array(records_of_frame(frame))))
    assert first == {
        "apis": ["storage", "core"], "name": "[draft]", "extra": {"a": 1}, "size": 1,
        "share": 0.5, "created": "2026-03-01T10:00:00.500000Z", "many": [1, 2],
    }  # fmt: skip
    assert second == {**dict.fromkeys(frame.columns), "name": "{1}", "extra": "{cut"}
    assert "".join(json_array([])) == "[]\n"
    assert [json.loads(line) for line in json_lines(records_of_frame(frame))] == [first, second]


def test_main_says_what_a_mistake_is(capsys):
    assert main(["archive", "sql", "nowhere", "select 1", "--json", "-o", "x.csv"]) in (1, 2)
    assert "Traceback" not in capsys.readouterr().err


def test_lists_are_their_members(capsys):
    import numpy as np

    frame = pd.DataFrame({"rules": [["a", "b"], np.array(["c"]), None], "n": [1, 2, 3]})
    lines = printed(frame, capsys, screen=Screen(60, 20))
    assert [line.split("│")[1].strip() for line in lines[3:6]] == ["a, b", "c", ""]


def test_uncounted_rows_are_called_the_first(capsys):
    frame = pd.DataFrame({"id": ["1", "2"]})
    lines = printed(frame, capsys, screen=Screen(60, 2), count=True, total=None)
    assert lines[-1].startswith("The first 2 rows: --json")


def test_sentences_take_the_lines_of_further_rows(capsys):
    frame = pd.DataFrame(
        {"rule": ["a_rule_with_a_long_name"] * 8, "sentence": ["what was found " * 6] * 8}
    )
    print_table(frame, list(frame), count=True, screen=Screen(40, 15))
    lines = capsys.readouterr().out.splitlines()
    body = lines[3 : lines.index(next(line for line in lines if line.startswith("╰")))]
    assert len(body) == 14  # a third row would need 21
    assert lines[-1].startswith("8 rows, 2 shown")
