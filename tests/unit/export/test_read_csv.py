"""`read_csv` restores the exported frame."""

from __future__ import annotations

import json

import pandas as pd
import pytest
from conftest import Answer
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

import kloudless_data as kd
from kloudless_data import exceptions
from kloudless_data.export import export_frame

NAMES = ["NA", "null", "None", "nan", "N/A", "", " ", "#N/A", "true", "1e5", "00123", "=1+1",
         "'=1", "\n=1", "a;=1", 'a"b', "a,b", "a\nb", "a\r\nb", "naïve 🎉", "\ufeffx",
         None]  # fmt: skip


@pytest.fixture
def hostile(serve):
    """An account with ids and names that other readers would change."""
    objects = [
        {
            "id": 1234567890123456780 + number,
            "modified": "2026-03-01T10:00:00.000001Z" if number % 2 else None,
            "metadata": {"id": f"00{number}", "name": name, "size": number or None},
        }
        for number, name in enumerate(NAMES)
    ]

    def answer(request):
        if "/events" not in request.path:
            return Answer(body=b'{"id": 5, "service": "box"}')
        found = [] if "cursor=" in request.path else objects
        return Answer(body=json.dumps({"cursor": 9, "objects": found}).encode())

    return kd.Account(token="t", base_url=serve(answer).base_url)


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("e.csv", {}),
        ("e.csv.gz", {}),
        ("e.csv", {"keep_formulas": True}),
        ("e.csv", {"excel": True}),
        ("e.csv", {"excel": True, "separator": ";"}),
        ("e.csv", {"separator": "\t"}),
        ("folder", {"rows_per_file": 10}),
    ],
)
@pytest.mark.parametrize("with_manifest", [True, False])
def test_events_are_read_back_equal(hostile, tmp_path, name, options, with_manifest):
    hostile.events().to_csv(tmp_path / name, **options)
    if not with_manifest and name != "folder":
        (tmp_path / f"{name}.manifest.json").unlink()
    restore = with_manifest or not options.get("keep_formulas", False)
    found = kd.read_csv(tmp_path / name, restore=restore)
    assert_frame_equal(found, hostile.events().to_frame())


def test_the_same_dtypes_can_be_requested(hostile, tmp_path):
    hostile.events().to_csv(tmp_path / "e.csv")
    options = {"dtype_backend": "pyarrow", "categories": ["metadata_name"]}
    assert_frame_equal(
        kd.read_csv(tmp_path / "e.csv", **options), hostile.events().to_frame(**options)
    )


def test_some_columns_are_read_back_as_some_columns(hostile, tmp_path):
    events = hostile.events(columns=["metadata_name", "id"])
    events.to_csv(tmp_path / "e.csv")
    assert_frame_equal(kd.read_csv(tmp_path / "e.csv"), events.to_frame())


def test_a_column_of_one_null_is_a_row(tmp_path):
    frame = pd.DataFrame({"name": pd.Series(["a", None, "b", None], dtype="str")})
    export_frame(frame, tmp_path / "a.csv", "csv", name="things")
    assert_frame_equal(kd.read_csv(tmp_path / "a.csv"), frame)


def test_an_empty_stream_has_its_columns(account, tmp_path):
    events = account.events(cursor=account.get("events/latest").data["cursor"])
    events.to_csv(tmp_path / "e.csv")
    assert_frame_equal(kd.read_csv(tmp_path / "e.csv"), events.to_frame())


def test_a_listing_is_read_back_with_its_types(account, sandbox, tmp_path):
    frame = kd.list_accounts(kd.Client(api_key=sandbox.api_key, base_url=sandbox.base_url))
    export_frame(frame, tmp_path / "a.csv", "csv", name="accounts")
    assert_frame_equal(kd.read_csv(tmp_path / "a.csv"), frame, check_flags=False)


@given(frame=st.lists(st.tuples(st.one_of(st.none(), st.text()), st.integers(-(2**63), 2**63 - 1))))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
def test_any_texts_and_numbers(tmp_path, frame):
    names = pd.Series([name for name, _ in frame], dtype="str")
    numbers = pd.Series([number for _, number in frame], dtype="Int64")
    given = pd.DataFrame({"name": names, "n": numbers})
    export_frame(given, tmp_path / "a.csv", "csv", name="things", force=True)
    assert_frame_equal(kd.read_csv(tmp_path / "a.csv"), given)


def test_a_file_that_is_not_csv_is_refused_in_a_sentence(account, tmp_path):
    with pytest.raises(exceptions.ExportFailed, match="There is no file"):
        kd.read_csv(tmp_path / "missing.csv")
    account.events(limit=3).to_parquet(tmp_path / "e.parquet")
    with pytest.raises(exceptions.InvalidParameter, match="parquet, not CSV.*read_parquet"):
        kd.read_csv(tmp_path / "e.parquet")
    (tmp_path / "broken.csv").write_text('a,b\n"1",2,3\n')
    with pytest.raises(exceptions.ExportFailed, match="cannot be read as CSV"):
        kd.read_csv(tmp_path / "broken.csv")
    (tmp_path / "folder").mkdir()
    with pytest.raises(exceptions.ExportFailed, match="no CSV files"):
        kd.read_csv(tmp_path / "folder")
