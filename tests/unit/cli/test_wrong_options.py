"""Values that an option does not take are refused by the option's own name."""

from __future__ import annotations

import click
import pytest
from conftest import Answer

from kloudless_data.cli import cli, main


@pytest.fixture(autouse=True)
def _as_account(account, monkeypatch):
    monkeypatch.setenv("KLOUDLESS_TOKEN", account.token)
    monkeypatch.setenv("KLOUDLESS_BASE_URL", account.settings.base_url)


WRONG = [
    ("events list --limit x", "Invalid value for '--limit': 'x' is not a whole number."),
    ("archive compact a --target-mb x", "Invalid value for '--target-mb': 'x' is not a number."),
    ("access update a --full-every x", "Invalid value for '--full-every': 'x' is not a number."),
    ("audit find a --budget x", "Invalid value for '--budget': 'x' is not a number."),
    ("sandbox --seed 1.5", "Invalid value for '--seed': '1.5' is not a whole number."),
    ("sandbox --accounts 0", "Invalid value for '--accounts': 0 is not in the range x>=1."),
    ("sandbox --port 99999", "Invalid value for '--port': 99999 is not in the range 0<=x<=65535."),
    ("webhook a --app-id b --port -1", "Invalid value for '--port': -1 is not in the range"),
    ("events list --json --csv", "--json and --csv exclude each other. Give only one of them."),
    ("audit rules --csv --jsonl", "--jsonl and --csv exclude each other."),
    ("logs formats --json --jsonl --csv", "--json, --jsonl and --csv exclude each other."),
    ("events follow --cursor 1 --new", "--cursor and --new exclude each other."),
    ("events list --type=", "--type must be text or a list of texts, none of them blank; "),
    ("events list --person=", "--person must be text or a list of texts, none of them blank; "),
    ("events list --columns=", "--columns must name at least one column"),
    ("events export -o {path} --page-size 0", "--page-size must be a whole number of at least 1"),
    ("events export -o {path} --separator xx", "--separator must be one of ',', ';'"),
    ("applications list", "A meta token is missing: set KLOUDLESS_META_TOKEN, use --meta-token -"),
]


@pytest.mark.parametrize(("given", "said"), WRONG, ids=[given for given, _ in WRONG])
def test_a_wrong_value_is_refused_by_the_options_name(given, said, tmp_path, capsys):
    assert main(given.format(path=tmp_path / "events.csv").split()) == 2
    out, err = capsys.readouterr()
    assert err.startswith(f"error: {said}")
    assert (out, list(tmp_path.iterdir())) == ("", [])


def test_forms_of_output_exclude_each_other_in_every_command():
    """No two options share a parameter, of which click would silently take the last."""
    shared = [
        (command.name, option.name)
        for command in _commands(cli)
        for option in command.params
        if sum(option.name == other.name for other in command.params) > 1
    ]
    assert shared == []


def test_every_number_is_refused_in_the_same_words():
    """No option has a type of click's own, whose words for a number are others."""
    theirs = (click.types.IntParamType, click.types.FloatParamType)
    numbers = [option for option in _options(cli) if isinstance(option.type, theirs)]
    assert len(numbers) > 20
    assert [one.name for one in numbers if "is not a valid" in _refusal_of(one)] == []


def _commands(command):
    for one in getattr(command, "commands", {}).values():
        yield from _commands(one)
    yield command


def _options(command):
    for one in _commands(command):
        yield from (option for option in one.params if isinstance(option, click.Option))


def _refusal_of(option):
    with pytest.raises(click.BadParameter) as caught:
        option.type.convert("x", option, None)
    return caught.value.message


@pytest.mark.parametrize(
    ("answer", "command", "told"),
    [
        (Answer(body=b"<html>", content_type="text/html"), ["accounts", "list"],
         "Check that --base-url names a Kloudless API server"),
        (Answer(302, headers={"Location": "http://127.0.0.2:9/v1"}), ["folder", "list"],
         "If you trust that server, name it with --base-url."),
        (Answer(body=b"no JSON"), ["raw", "get", "/x"], "In Python, account.raw"),
        (Answer(body=b'{"next": "/x"}'), ["raw", "get", "/x", "--next-page", "next"],
         "Check --next-page and --page-parameter."),
        (Answer(body=b'{"next": {}}'), ["raw", "get", "/x", "--next-page", "next"],
         "error: --next-page finds an object"),
        (Answer(), ["folder", "list", ""], "error: FOLDER_ID is empty"),
    ],
)  # fmt: skip
def test_what_to_try_is_said_in_the_words_of_the_command_line(serve, capsys, answer, command, told):
    server = serve(answer)
    where = ["--base-url", server.base_url, "--api-key" if command[0] == "accounts" else "--token"]
    assert main([*command, *where, "tok-51d08ec3"]) != 0
    error = capsys.readouterr().err
    assert told in error
    assert "base_url" not in error
