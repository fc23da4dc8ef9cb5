"""No credential survives, however it is written, and safe JSON means what it meant."""

from __future__ import annotations

import base64
import json
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.text.test_text import AROUND, SECRETS, no_credential_outlives_these_tests

from kloudless_data.text.redaction import redact, remember
from kloudless_data.text.terminal import json_for_terminal

__all__ = ["no_credential_outlives_these_tests"]

WRITTEN = {
    "as it is": lambda s: s,
    "percent-encoded": lambda s: quote(s, safe=""),
    "as a path": quote,
    "as a form": quote_plus,
    "as JSON": lambda s: json.dumps(s)[1:-1],
    "as a repr": lambda s: repr(s)[1:-1],
    "in base64": lambda s: base64.b64encode(s.encode()).decode(),
    "in urlsafe base64": lambda s: base64.urlsafe_b64encode(s.encode()).decode(),
    "in base64 without padding": lambda s: base64.b64encode(s.encode()).decode().rstrip("="),
    "in hexadecimal": lambda s: s.encode().hex(),
    "in upper-case hexadecimal": lambda s: s.encode().hex().upper(),
    "in lower case, as a host": lambda s: s.lower(),
}


@pytest.mark.parametrize("how", list(WRITTEN))
@given(secret=SECRETS, before=AROUND, after=AROUND)
def test_a_credential_is_redacted_however_it_is_written(how, secret, before, after):
    remember(secret)
    text = WRITTEN[how](secret)
    assert text not in redact(f"{before}{text}{after}")


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
