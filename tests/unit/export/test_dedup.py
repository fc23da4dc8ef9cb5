"""What an export considers a repetition, and whose events it accepts."""

from __future__ import annotations

import json
import signal

import pyarrow.parquet as pq
import pytest
from conftest import Answer

import kloudless_data as kd
from kloudless_data import exceptions
from kloudless_data.export import export
from kloudless_data.export.checkpoint import CheckpointWriter


class Interrupted:
    """Ends an export with Ctrl-C after a number of pages."""

    def __init__(self, pages):
        self.patch, self.pages = pytest.MonkeyPatch(), pages

    def __enter__(self):
        original, written = CheckpointWriter.write, []

        def write(writer, *args):
            original(writer, *args)
            written.append(1)
            if len(written) == self.pages:
                signal.raise_signal(signal.SIGINT)

        self.patch.setattr(CheckpointWriter, "write", write)
        self.raises = pytest.raises(exceptions.ExportInterrupted)
        self.raises.__enter__()

    def __exit__(self, *error):
        self.patch.undo()
        return self.raises.__exit__(*error)


def answers(pages, me=b'{"id": 5, "service": "box"}'):
    """A server with these pages of events; with None as `me`, it does not say whose they are."""

    def answer(request):
        if "/events" not in request.path:
            return Answer(body=me) if me else Answer(503, b'{"message": "not now"}')
        cursor = request.path.partition("cursor=")[2].partition("&")[0]
        number = int(cursor or 0)
        found = pages[number] if number < len(pages) else []
        return Answer(body=json.dumps({"cursor": number + 1, "objects": found}).encode())

    return answer


@pytest.fixture
def account(serve):
    """Return a function that makes accounts of one server, with their token, pages and identity."""
    kd.configuration["max_retries"] = 0
    by_token = {}
    server = serve(lambda request: by_token[request.headers["Authorization"]](request))

    def make(*args, **kwargs):
        token = f"t{len(by_token)}"
        by_token[f"Bearer {token}"] = answers(*args, **kwargs)
        return kd.Account(token=token, base_url=server.base_url)

    return make


UPDATE = {"id": "1", "type": "update", "metadata": {"name": "a"}}
DELETE = {"id": "1", "type": "delete", "metadata": {"name": "a"}}
REORDERED = {"metadata": {"name": "a"}, "type": "update", "id": 1}
OTHER = {"id": "2", "type": "add", "unknown": 1}
OTHER_EXTRA = {"id": "2", "type": "add", "unknown": 2}


@pytest.mark.parametrize("blank", ["", " ", "\t", None])
def test_a_blank_id_counts_as_no_id(account, tmp_path, blank):
    events = account([[{**UPDATE, "id": blank}, {**UPDATE, "id": blank}]]).events()
    manifest = export(events, tmp_path / "e.parquet", "parquet", deduplicate=True)
    assert (manifest.rows, manifest.duplicates, manifest.conflicts) == (2, 0, 0)


@pytest.mark.parametrize("columns", [None, ["id", "account"]])
@pytest.mark.parametrize("interrupted", [False, True])
def test_only_the_same_content_under_the_same_id_is_a_repetition(
    account, tmp_path, columns, interrupted
):
    pages = [[UPDATE, OTHER], [DELETE, REORDERED], [DELETE, OTHER_EXTRA, OTHER], [OTHER_EXTRA]]
    events = account(pages).events(columns=columns)
    path = tmp_path / "e.parquet"
    if interrupted:
        with Interrupted(2):
            export(events, path, "parquet", deduplicate=True)
    manifest = export(events, path, "parquet", deduplicate=True, resume=interrupted)
    assert pq.read_table(path)["id"].to_pylist() == ["1", "2", "1", "2"]
    assert (manifest.rows, manifest.duplicates, manifest.conflicts) == (4, 4, 2)
    assert kd.Manifest.read(path).conflicts == 2


def test_the_same_event_of_two_accounts_is_two_events(serve, tmp_path):
    server = serve(answers([[UPDATE]]))
    accounts = [kd.Account(api_key="k", account_id=n, base_url=server.base_url) for n in (5, 6)]
    manifest = export(kd.read_events(accounts), tmp_path / "e.csv", "csv", deduplicate=True)
    assert (manifest.rows, manifest.duplicates, manifest.conflicts) == (2, 0, 0)


# --- Whose events they are ---------------------------------------------------------------------


def of(account):
    return [[{"id": str(n), "account": account, "type": "add"}] for n in range(4)]


NOBODYS = [[{"id": str(n), "type": "add"}] for n in range(4)]
ME = b'{"id": %d}'


def test_if_the_server_does_not_name_the_account_the_events_do(account, tmp_path):
    manifest = account(of(7), me=None).events().to_csv(tmp_path / "e.csv")
    assert manifest.account == "7"
    assert account(NOBODYS, me=None).events().to_csv(tmp_path / "n.csv").account is None


@pytest.mark.parametrize("first", [None, ME % 7])
@pytest.mark.parametrize("second", [None, ME % 8])
@pytest.mark.parametrize("columns", [None, ["id"]])
def test_another_accounts_events_are_never_added(account, tmp_path, first, second, columns):
    path = tmp_path / "e.csv"
    with Interrupted(2):
        export(account(of(7), me=first).events(columns=columns), path, "csv")
    with pytest.raises(exceptions.ExportFailed, match="account 7, not 8"):
        export(account(of(8), me=second).events(columns=columns), path, "csv", resume=True)
    assert not path.exists()
    [kept] = kd.verify(path)
    assert (kept.rows, kept.account) == (2, "7")
    again = account(of(7), me=second and ME % 7)
    assert export(again.events(columns=columns), path, "csv", resume=True).rows == 4


def test_events_of_an_unknown_account_are_not_added_to(account, tmp_path):
    path = tmp_path / "e.csv"
    with Interrupted(2):
        export(account(NOBODYS, me=None).events(), path, "csv")
    with pytest.raises(exceptions.ExportFailed, match="did not say whose events are kept"):
        export(account(of(8), me=ME % 8).events(), path, "csv", resume=True)
    with pytest.raises(exceptions.ExportFailed, match="does not say whose events"):
        export(account(NOBODYS, me=None).events(), path, "csv", resume=True)
    assert export(account(NOBODYS, me=None).events(), path, "csv", force=True).rows == 4


def test_tokens_in_another_order_are_other_accounts(account, tmp_path):
    accounts = {n: account(of(n), ME % n) for n in (7, 8)}
    path = tmp_path / "e.csv"
    with Interrupted(3):
        export(kd.read_events([accounts[7], accounts[8]], max_workers=1), path, "csv")
    with pytest.raises(exceptions.ExportFailed, match="account 7, not 8"):
        export(kd.read_events([accounts[8], accounts[7]]), path, "csv", resume=True)
    again = kd.read_events([accounts[7], accounts[8]])
    assert export(again, path, "csv", resume=True).rows == 8


def test_a_finished_export_of_another_account_does_not_count_as_this_one(account, tmp_path):
    export(account(of(7), ME % 7).events(), tmp_path / "e.csv", "csv", resume=True)
    with pytest.raises(exceptions.OutputExists):
        export(account(of(8), ME % 8).events(), tmp_path / "e.csv", "csv", resume=True)
