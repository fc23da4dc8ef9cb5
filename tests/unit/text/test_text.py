"""No text that leaves the program holds a credential or controls a terminal."""

from __future__ import annotations

import base64
import json
import textwrap
from difflib import SequenceMatcher
from urllib.parse import quote

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from kloudless_data.text import redaction
from kloudless_data.text.redaction import redact, redact_url, redacted_data, remember, shown
from kloudless_data.text.terminal import bounded, one_line

SECRETS = st.text("ABCdef0123456789+/=._~%&'\\\"-", min_size=8, max_size=60)
AROUND = st.text("xyz :{}[]\n", max_size=20)


@pytest.fixture(autouse=True, scope="module")
def no_credential_outlives_these_tests():
    """Other tests may look for generated ones: Hypothesis likes the source's own texts."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(redaction, "_CREDENTIALS", redaction._Credentials())
        yield


# For credentials as servers issue them, without characters that begin an escape.
ESCAPED = {
    "percent-encoded twice": lambda s: quote(quote(s, safe=""), safe=""),
    "percent-encoded three times": lambda s: quote(quote(quote(s, safe=""), safe=""), safe=""),
    "each byte percent-encoded": lambda s: "".join(f"%{ord(c):02x}" for c in s),
    "each character as in JSON": lambda s: "".join(f"\\u{ord(c):04X}" for c in s),
    "each byte as in a repr": lambda s: "".join(f"\\x{ord(c):02x}" for c in s),
    "as JSON in JSON": lambda s: json.dumps(json.dumps(s.replace("/", "\\/")))[3:-3],
    "as HTML": lambda s: "".join(f"&#{ord(c)};" for c in s),
    "as hexadecimal HTML": lambda s: "".join(f"&#x{ord(c):X};" for c in s),
    "wrapped": lambda s: "\r\n ".join(textwrap.wrap(s, 5)),
    "wrapped, in JSON": lambda s: json.dumps("\n".join(textwrap.wrap(s, 3))),
    "base64 in a URL": lambda s: quote(base64.b64encode(s.encode()).decode(), safe=""),
    "base64 in wrapped lines": lambda s: "=\n".join(
        textwrap.wrap(base64.b64encode(s.encode()).decode(), 7)
    ),
}


def common(one, other):
    """Return the length of the longest text that both contain."""
    return SequenceMatcher(None, one, other, autojunk=False).find_longest_match().size


@pytest.mark.parametrize("how", list(ESCAPED))
@pytest.mark.parametrize("secret", ["Ab12/Cd34+Ef56=Gh78", "ed08fcade2c351c47cc09800e9485d"])
def test_how_often_a_credential_was_escaped_makes_no_difference(how, secret):
    remember(secret)
    for text in (ESCAPED[how](secret), ESCAPED[how](secret[: len(secret) // 2 + 1])):
        kept = redact(f"You sent: {text} !")
        assert kept.startswith("You sent: ")
        assert kept.endswith(" !")
        assert common(kept.replace("[redacted]", ""), text) < 8


@pytest.mark.parametrize(
    ("credential", "expected"),
    [
        ("t", "the token t is not valid"),
        ("at", "the token at is not valid"),
        ("s3cret", "the token [redacted] is not valid"),
        ("is no", "the token [redacted] is not valid"),
        ("valid", "the token [redacted] is not [redacted]"),
    ],
)
def test_a_short_credential_does_not_garble_a_message(credential, expected):
    said = f"the token {credential} is not valid"
    kept = redact(said, f"Bearer {credential}")
    assert kept == expected.replace("valid is", "[redacted] is").replace(
        "is no is", "[redacted] is"
    )
    assert redact(said) == said


@given(secret=SECRETS, cut=st.integers(8, 60), before=AROUND)
def test_its_beginning_and_its_end_are_redacted_too(secret, cut, before):
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


def test_several_tokens_of_one_header_are_each_redacted():
    remember("first-token-1234,second-token-5678")
    assert redact("first-token-1234 and second-token-5678") == "[redacted] and [redacted]"


def test_decoded_data_and_urls():
    remember("quoted-token-9876")
    data = {"a": ["quoted-token-9876", 1, None], "quoted-token-9876": {"b": "x"}}
    assert "quoted-token" not in json.dumps(redacted_data(data))
    assert redact_url("http://h/x?q=quoted-token-9876&page=2") == "http://h/x?q=[redacted]&page=2"
    assert redact_url("http://u:p@[::1") == "[::1"
    assert redact_url("http://h/?q=\ud800&token=x") == "http://h/?q=%ED%A0%80&token=[redacted]"
    assert shown("a\x1b[2Jquoted-token-9876") == "a\\x1b[2J[redacted]"


@given(st.text())
def test_one_line_is_printable_and_loses_nothing(text):
    line = one_line(text)
    assert not any(ord(c) < 32 or 127 <= ord(c) < 160 for c in line)
    assert not set(line) & set("\u2028\u2029\u202e\u2066\u200b\ufeff")
    line.encode()


@given(st.text(), st.integers(1, 50))
def test_bounded_text_is_one_short_line(text, longest):
    cut = bounded(text, longest)
    assert len(cut) <= longest
    assert "\n" not in cut
