"""Exceptions carry facts and a remedy, survive pickle, and quote no credential."""

from __future__ import annotations

import ast
import copy
import inspect
import json
import pickle
import re
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
import requests
from conftest import Answer

import kloudless_data as kd
from kloudless_data import exceptions
from kloudless_data.cli.remedies import COMMAND_LINE
from kloudless_data.exceptions import PYTHON, Remedy
from kloudless_data.widgets.remedies import FORM

SECRET = "sEcReT-tOkEn-0123456789"
CLASSES = [
    value
    for value in vars(exceptions).values()
    if inspect.isclass(value)
    and issubclass(value, exceptions.KloudlessException)
    and not value.__name__.startswith("_")
]


def made(kind):
    cause = exceptions.ConnectionFailed(message="Nothing answers.")
    special = {
        exceptions.AccountsFailed: lambda: kind({"7": cause}),
        exceptions.ListingIncomplete: lambda: kind({"7": cause}, pd.DataFrame({"id": ["1"]})),
        exceptions.VerificationFailed: lambda: kind(["a.csv is not there"]),
        exceptions.ProxyFailed: lambda: kind(message="Dead.", setting="HTTPS_PROXY"),
        exceptions.NoNextPage: lambda: kind("c", "The end."),
        exceptions.OauthFlowFailed: lambda: kind("Refused.", {"error": "denied"}),
    }
    if kind in special:
        return special[kind]()
    return kind(message="It broke.")


@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.__name__)
def test_each_survives_pickle_and_copy_with_its_facts(kind):
    error = made(kind)
    error.add_note("a note")
    for again in (pickle.loads(pickle.dumps(error)), copy.copy(error), copy.deepcopy(error)):
        assert type(again) is kind
        assert (str(again), again.args) == (str(error), error.args)
        assert (again.facts, again.remedy) == (error.facts, error.remedy)
        assert again.__notes__ == ["a note"]
        assert set(vars(again)) == set(vars(error))


@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.__name__)
def test_the_tree_in_the_docstring_names_each_class_below_its_base(kind):
    lines = (exceptions.__doc__ or "").splitlines()
    drawn = {}
    above: list[str] = []
    for line in lines:
        words = line.lstrip(" │├└─")
        name = words.split(" ")[0]
        if not name or name not in vars(exceptions):
            continue
        depth = (len(line) - len(words)) // 4 - 1
        above[depth:] = [name]
        drawn[name] = above[depth - 1] if depth else None
    assert kind.__name__ in drawn
    if drawn[kind.__name__] is not None:
        assert issubclass(kind, getattr(exceptions, drawn[kind.__name__]))


#: A parameter, an argument, a call or a setting.
PYTHONS = re.compile(
    r"\b[a-z]+_[a-z_]+\b|\b\w+=|\b\w+\.\w+\(|\b\w+\(…|\b[A-Z][a-z]+\.[a-z]|\(--"
    r"|\w\['|\b[A-Z][a-z]+\("
)


@pytest.mark.parametrize("remedy", list(Remedy), ids=str)
def test_each_remedy_is_worded_for_python_and_the_front_ends_do_not_speak_python(remedy):
    assert remedy in PYTHON
    error = exceptions.KloudlessException(
        "It broke.",
        remedy=remedy,
        retry_after=3.0,
        setting="HTTPS_PROXY",
        variable="NAME",
        profile="p",
        method="to_csv",
        format="csv",
        ending=".csv",
        call="sync",
        command="archive sync",
    )
    assert error.message.startswith("It broke.")
    assert "{" not in error.message
    for table in (COMMAND_LINE, FORM):
        assert "{" not in error.worded(table)
    if remedy not in {Remedy.RAISE_BODY_LIMIT, Remedy.SEE_UNCHANGED}:  # only Python can do that
        assert not PYTHONS.search(error.worded(COMMAND_LINE))
    assert "force=True" not in error.worded(FORM)


#: What the command line cannot cause, or asks for itself.
PYTHON_ONLY = {
    "Pass a Client or Accounts, such as kd.Client(api_key=…).",
    "Pass a frame from read_review.",
    "Pass an Account or a list of them: kd.Account(token=…), or kd.Account(api_key=…, "
    "account_id=…)",
    "lacks the column",  # of a frame that join_accounts is given
    "accounts do not say which of the",
    "is the former name of",
    "'numpy_nullable' or 'pyarrow'",
    "Add a line base_url",  # to the file of profiles
    "to_polars needs Polars.",
    "must return a frame with the column event_id",  # a rule of one's own
}


def said(tree: ast.AST) -> Iterator[str]:
    """Yield the texts of exceptions and log records, without their subjects."""
    for node in ast.walk(tree):
        called = ast.unparse(node.func) if isinstance(node, ast.Call) else ""
        if hasattr(exceptions, called) or re.fullmatch(r"logger\.\w+|.*add_note", called):
            subjects = [one.value for one in node.keywords if one.arg == "parameter"]
            keys = [one.slice for one in ast.walk(node) if isinstance(one, ast.Subscript)]
            left_out = {id(each) for one in (*subjects, *keys) for each in ast.walk(one)}
            text = " ".join(
                each.value
                for each in ast.walk(node)
                if isinstance(each, ast.Constant)
                and isinstance(each.value, str)
                and id(each) not in left_out
            )
            if text.count(" ") > 1:
                yield text


def test_no_message_tells_the_command_line_what_to_write_in_python():
    """What to try is a `Remedy`, which each front end words; a message has the facts."""
    package = Path(exceptions.__file__).parent
    found = {
        f"{path.relative_to(package)}: {text}"
        for path in package.rglob("*.py")
        if path.relative_to(package).parts[0] not in {"cli", "sandbox", "widgets"}
        for text in said(ast.parse(path.read_text(encoding="utf-8")))
        if PYTHONS.search(text) and not any(one in text for one in PYTHON_ONLY)
    }
    assert found == set()


def test_a_record_has_the_request_id_and_nobodys_remedy(serve):
    body = b'{"error_code": "not_found", "message": "No file.", "id": "r-17"}'
    server = serve(Answer(404, body=body))
    with pytest.raises(exceptions.NotFoundException) as caught:
        kd.Account(token="t", base_url=server.base_url).get("storage/files/x")
    error = caught.value
    assert "No file." in error.record
    assert "request id r-17" in error.record
    assert PYTHON[Remedy.CHECK_PATH] in error.message
    assert PYTHON[Remedy.CHECK_PATH] not in error.record


def test_several_failures_are_each_worded_for_the_front_end():
    error = exceptions.AccountsFailed(
        {str(n): exceptions.ConnectionFailed(message="Nothing answers.") for n in range(7)}
    )
    assert "base_url" in error.message
    said = error.worded(COMMAND_LINE)
    assert "account 0: Nothing answers. Check that --base-url" in said
    assert "and 2 more" in said


THEIRS = [
    (exceptions.ConnectionFailed, requests.exceptions.ConnectionError),
    (exceptions.ConnectTimedOut, requests.exceptions.ConnectTimeout),
    (exceptions.ReadTimedOut, requests.exceptions.ReadTimeout),
    (exceptions.DeadlineExceeded, requests.exceptions.Timeout),
    (exceptions.TLSFailed, requests.exceptions.SSLError),
    (exceptions.ProxyFailed, requests.exceptions.ProxyError),
    (exceptions.AnswerBrokeOff, requests.exceptions.ChunkedEncodingError),
    (exceptions.RedirectLoop, requests.exceptions.TooManyRedirects),
    (exceptions.InvalidJSON, ValueError),
    (exceptions.UnknownSetting, KeyError),
    (exceptions.MissingPackage, ImportError),
    (exceptions.ExportInterrupted, KeyboardInterrupt),
]


@pytest.mark.parametrize(("ours", "theirs"), THEIRS, ids=lambda kind: kind.__name__)
def test_exceptions_that_sdk_programs_catch_are_caught(ours, theirs):
    with pytest.raises(theirs):
        raise made(ours)


def test_cut_json_is_a_value_error_and_a_circle_too_many_redirects(serve):
    server = serve(Answer(body=b'{"id": "a", "na'))
    account = kd.Account(token=SECRET, base_url=server.base_url).with_options(max_retries=0)
    with pytest.raises(ValueError, match="damaged or cut off"):
        account.get("x")
    server = serve(Answer(302, headers={"Location": "/v1/again"}))
    account = kd.Account(token=SECRET, base_url=server.base_url)
    with pytest.raises(requests.TooManyRedirects):
        account.get("x")


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 429, 500, 503])
def test_a_refusal_survives_pickle_without_the_credential(serve, status):
    body = {"error_code": "x", "message": f"token {SECRET} no", "id": "r", "echo": [SECRET]}
    server = serve(Answer(status, json.dumps(body).encode(), headers={"X-Echo": SECRET}))
    account = kd.Account(token=SECRET, base_url=server.base_url).with_options(max_retries=0)
    with pytest.raises(exceptions.APIException) as caught:
        account.get("x", params={"token": SECRET})
    again = pickle.loads(pickle.dumps(caught.value))
    assert (again.status, again.error_code, again.request_id) == (status, "x", "r")
    assert again.response.status_code == status
    assert again.response.json()["error_code"] == "x"
    assert SECRET.encode() not in pickle.dumps(caught.value)
    assert SECRET not in repr(caught.value.error_data)


def test_a_message_is_one_bounded_line(serve):
    body = {"message": "a\x1b[2J\x9b\u202e" + "b" * 100_000, "error_code": "c\n" * 500}
    server = serve(Answer(400, json.dumps(body).encode()))
    with pytest.raises(exceptions.APIException) as caught:
        kd.Account(token=SECRET, base_url=server.base_url).get("x")
    assert caught.value.message.isprintable()
    assert len(caught.value.message) < 1_000
