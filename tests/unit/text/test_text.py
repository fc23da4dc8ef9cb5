"""No text that leaves holds a credential, or steers a terminal."""

from __future__ import annotations

import base64
import json
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from kloudless_data.text.redaction import redact, redact_url, redacted_data, remember, shown
from kloudless_data.text.terminal import bounded, json_for_terminal, one_line

SECRETS = st.text("ABCdef0123456789+/=._~%&'\\\"-", min_size=8, max_size=60)
AROUND = st.text("xyz :{}[]\n", max_size=20)
WRITTEN = {
    "as it is": lambda s: s,
    "percent-encoded": lambda s: quote(s, safe=""),
    "as a path": quote,
    "as a form": quote_plus,
    "as JSON": lambda s: json.dumps(s)[1:-1],
    "as a repr": lambda s: repr(s)[1:-1],
    "in base64": lambda s: base64.b64encode(s.encode()).decode(),
    "in urlsafe base64": lambda s: base64.urlsafe_b64encode(s.encode()).decode(),
}


@pytest.mark.parametrize("how", list(WRITTEN))
@given(secret=SECRETS, before=AROUND, after=AROUND)
def test_a_credential_is_taken_out_however_it_is_written(how, secret, before, after):
    remember(secret)
    text = WRITTEN[how](secret)
    assert text not in redact(f"{before}{text}{after}")


@given(secret=SECRETS, cut=st.integers(8, 60), before=AROUND)
def test_its_beginning_and_its_end_are_taken_out_too(secret, cut, before):
    remember(secret)
    for part in (secret[:cut], secret[-cut:]):
        assert part not in redact(f"{before}{part}…")


@given(secret=SECRETS, user=st.text("abc:", max_size=7))
def test_base64_that_has_more_in_it_gives_nothing_away(secret, user):
    assume(len(secret) >= 12)
    remember(secret)
    encoded = base64.b64encode(f"{user}{secret}{user}".encode()).decode()
    kept = redact(f"Authorization: Basic {encoded}")
    assert base64.b64encode(secret.encode()).decode()[4:-4] not in kept
    assert "[redacted]" in kept


@given(st.text(max_size=60))
def test_text_without_a_credential_stays_as_it_is(text):
    remember("a credential that nobody would write by chance")
    assert redact(text) == text or "[redacted]" in redact(text)


def test_several_tokens_of_one_header_are_each_taken_out():
    remember("first-token-1234,second-token-5678")
    assert redact("first-token-1234 and second-token-5678") == "[redacted] and [redacted]"


def test_decoded_data_and_urls():
    remember("quoted-token-9876")
    data = {"a": ["quoted-token-9876", 1, None], "quoted-token-9876": {"b": "x"}}
    assert "quoted-token" not in json.dumps(redacted_data(data))
    assert redact_url("http://h/x?q=quoted-token-9876&page=2") == "http://h/x?q=[redacted]&page=2"
    assert redact_url("http://u:p@[::1") == "[::1"
    assert shown("a\x1b[2Jquoted-token-9876") == "a\\x1b[2J[redacted]"


@given(st.text())
def test_one_line_is_printable_and_loses_nothing(text):
    line = one_line(text)
    assert not any(ord(c) < 32 or 127 <= ord(c) < 160 for c in line)
    assert not set(line) & set("\u2028\u2029\u202e\u2066\u200b\ufeff")
    line.encode()


@given(
    st.recursive(
        st.text() | st.integers(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
    )
)
def test_json_for_a_terminal_means_the_same(value):
    for text in (
        json.dumps(value, ensure_ascii=False),
        json.dumps(value, indent=1, ensure_ascii=False),
    ):
        safe = json_for_terminal(text)
        assert json.loads(safe) == value
        assert not any(127 <= ord(c) < 160 or c in "\x1b\u202e\u2028" for c in safe)


@given(st.text(), st.integers(1, 50))
def test_bounded_text_is_one_short_line(text, longest):
    cut = bounded(text, longest)
    assert len(cut) <= longest
    assert "\n" not in cut
