"""Text without secrets."""

from __future__ import annotations

import pytest

from kloudless_data.util import one_line, redact, redact_url


@pytest.mark.parametrize(
    ("text", "header", "expected"),
    [
        ("bad token abc", "Bearer abc", "bad token [redacted]"),
        ("abc,def and def", b"APIKey abc,def", "[redacted] and [redacted]"),
        ("nothing", None, "nothing"),
        ("nothing", "Bearer ", "nothing"),
    ],
)
def test_redact(text, header, expected):
    assert redact(text, header) == expected


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://a.test/x?page=2&q=a+b%20c", "http://a.test/x?page=2&q=a+b%20c"),
        ("http://u:p@a.test/x", "http://[redacted]@a.test/x"),
        ("http://a.test/x?Access_Token=1&a=2", "http://a.test/x?Access_Token=[redacted]&a=2"),
        (None, ""),
    ],
)
def test_redact_url(url, expected):
    assert redact_url(url) == expected


def test_text_from_the_server_cannot_steer_the_terminal():
    assert one_line("a\x1b[31mb\r\nc\u202ed") == "a\\x1b[31mb\\r\\nc\\u202ed"
    assert one_line("Müller 🎉.pdf") == "Müller 🎉.pdf"
