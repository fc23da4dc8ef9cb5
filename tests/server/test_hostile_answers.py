"""Whatever a server sends, the caller gets an exception that names the request, in bounded time
and memory, on one line, without the credential."""

from __future__ import annotations

import base64
import gzip
import pickle
import re
import signal
import traceback
import zlib
from urllib.parse import quote

import pytest
from secrets_in import forms_of, variables_of

import kloudless_data as kd
from kloudless_data import exceptions

from .fault_server import HOSTILE, FaultServer, answer

SECRET = "sEcReT/tOkEn+0123456789=="
FORMS = forms_of(SECRET)


def account_at(server: FaultServer, **settings: object) -> kd.Account:
    client = kd.Client(token=SECRET, base_url=server.base_url)
    return client.with_options(max_retries=0, **settings).account()


def text_of(error: BaseException) -> str:
    shown = [str(error), repr(error), "".join(traceback.format_exception(error))]
    pickled = pickle.dumps(error)
    shown += [repr(pickle.loads(pickled).__dict__), repr(pickled)]
    return "\n".join([*shown, variables_of(error)])


@pytest.mark.parametrize("hostile", HOSTILE, ids=lambda hostile: hostile.name)
def test_a_hostile_answer_is_a_clear_error(hostile, caplog):
    caplog.set_level("DEBUG")
    with FaultServer(lambda head: hostile.script(SECRET), hostile.pause) as server:
        account = account_at(server, **hostile.settings)
        with pytest.raises(exceptions.KloudlessException, match=hostile.says) as caught:
            account.get("x")
    error = caught.value
    assert type(error).__name__ in hostile.error.split("|")
    assert len(error.message) < 1_000
    assert re.search(r"[\x00-\x1f\x7f-\x9f\u202e]", error.message) is None
    shown = text_of(error) + caplog.text
    assert not [form for form in FORMS if form in shown]
    assert error.__context__ is None or error.__suppress_context__


WITH_CREDENTIALS = {
    "malformed": lambda secret: kd.Account(token=f"{secret} x"),
    "malformed key": lambda secret: kd.Client(api_key=f"{secret}\u20ac"),
    "no such argument": lambda secret: kd.Client(apikey=secret),
    "no such server": lambda secret: kd.Account(token=secret, base_url="nonsense"),
    "no account": lambda secret: kd.Account(api_key=secret),
    "verify": lambda secret: kd.verify_token("app", secret, base_url="http://127.0.0.1:1"),
    "verified": lambda secret: kd.get_verified_account("app", secret),
    "code": lambda secret: kd.get_token_from_code("app", secret, "s", "x", state="s", code=1),
    "events": lambda secret: kd.Account(token=secret, base_url="http://127.0.0.1:1").get("x"),
}


@pytest.mark.parametrize("how", list(WITH_CREDENTIALS))
def test_no_variable_in_a_traceback_holds_a_credential(how):
    """As printed by rich, or by IPython after ``%xmode Verbose``."""
    kd.configuration["max_retries"] = 0
    with pytest.raises((exceptions.KloudlessException, TypeError)) as caught:
        WITH_CREDENTIALS[how](SECRET)
    assert not [form for form in FORMS if form in variables_of(caught.value)]


def test_ctrl_c_during_a_request_shows_no_credential():
    def interrupted(head):
        signal.raise_signal(signal.SIGINT)  # handled by the main thread, which waits
        yield answer(b"{}")

    with FaultServer(interrupted, pause=5) as server, pytest.raises(KeyboardInterrupt) as caught:
        account_at(server).get("x")
    assert not [form for form in FORMS if form in variables_of(caught.value)]


@pytest.mark.parametrize("how", ["stream", "identity", "listing"])
@pytest.mark.parametrize("name", ["gzip bomb", "nested", "dripping body", "endless error"])
def test_no_kind_of_request_escapes_the_bounds(how, name):
    hostile = next(each for each in HOSTILE if each.name == name)
    ask = {
        "stream": lambda account: account.events().to_frame(),
        "identity": lambda account: account.get().data["id"],
        "listing": lambda account: kd.list_folder(account),
    }[how]
    with (
        FaultServer(lambda head: hostile.script(SECRET), hostile.pause) as server,
        pytest.raises(exceptions.APIException),
    ):
        ask(account_at(server, **hostile.settings))


@pytest.mark.parametrize(
    "quoted",
    [
        SECRET,
        quote(SECRET, safe=""),
        quote(SECRET, safe="").lower().replace("secret", "sEcReT").replace("token", "tOkEn"),
        SECRET[:10],
        SECRET[-12:],
        base64.b64encode(SECRET.encode()).decode(),
        base64.b64encode(b"user:" + SECRET.encode()).decode(),
        base64.urlsafe_b64encode(b"x" + SECRET.encode()).decode(),
        base64.b64encode(SECRET.encode()).decode().rstrip("="),
        quote(quote(SECRET, safe=""), safe=""),
        SECRET.encode().hex().upper(),
        "".join(f"\\\\u{ord(c):04x}" for c in SECRET),
        "".join(f"&#{ord(c)};" for c in SECRET),
    ],
)
def test_a_credential_that_is_quoted_in_any_form_does_not_show(quoted):
    script = [answer(f"got {quoted}!".encode(), "400 No", "text/plain")]
    with (
        FaultServer(lambda head: script) as server,
        pytest.raises(exceptions.APIException, match="redacted") as caught,
    ):
        account_at(server).get("x")
    assert quoted[4:-4] not in caught.value.message


def test_a_download_that_is_streamed_has_no_limit_but_its_error_has():
    body = b"x" * 300_000
    with FaultServer(lambda head: [answer(body, kind="application/pdf")]) as server:
        account = account_at(server, max_body_bytes=1_000)
        with account.get("storage/files/f/contents") as response:
            assert sum(map(len, response.iter_content(1 << 16))) == len(body)


def test_a_small_well_compressed_answer_is_read():
    whole = b'{"id": 1, "name": "' + b"a" * 100_000 + b'"}'
    raw = zlib.compressobj(wbits=-15)
    packed = {
        "gzip": gzip.compress(whole[:50]) + gzip.compress(whole[50:]),
        "x-gzip": gzip.compress(whole) + b"\0" * 20,
        "deflate": zlib.compress(whole),
        "Deflate": raw.compress(whole) + raw.flush(),
        "identity": whole,
    }
    for encoding, body in packed.items():
        script = [answer(body, Content_Encoding=encoding)]
        with FaultServer(lambda head, script=script: script) as server:
            assert account_at(server).get("x").data["name"] == "a" * 100_000


@pytest.mark.parametrize("size", [1, 2, 7, 65536])
def test_members_of_a_gzip_are_read_wherever_they_are_cut(size):
    parts = [gzip.compress(part) for part in (b'{"id"', b": ", b"1", b"}")]
    whole = b"".join([*parts, gzip.compress(b""), b"\0\0"])
    sent = [answer(whole, Content_Encoding="gzip")]
    head, body = sent[0].split(b"\r\n\r\n", 1)
    pieces = [head + b"\r\n\r\n", *(body[at : at + size] for at in range(0, len(body), size))]
    with FaultServer(lambda request: pieces) as server:
        assert account_at(server).get("x").data == {"id": 1}


@pytest.mark.parametrize("status", ["102 Processing", "103 Early Hints", "199 Wait"])
def test_an_interim_answer_is_not_taken_for_the_answer(status):
    """Otherwise the next request on the connection would get the real answer."""
    interim = f"HTTP/1.1 {status}\r\nLink: </x>\r\n\r\n".encode()
    with FaultServer(lambda head: [interim, interim, answer(b'{"id": 1}')]) as server:
        assert account_at(server).get("x").data == {"id": 1}


def test_an_upload_may_take_longer_than_an_answer():
    def slowly(head):
        yield b""  # the pause after it stands for the upload
        yield answer(b'{"id": 1}')

    with FaultServer(slowly, pause=0.5) as server:
        account = account_at(server, total_timeout=0.2)
        assert account.post("storage/files", data=b"a file").data == {"id": 1}
        with pytest.raises(exceptions.DeadlineExceeded):
            account.get("x")
