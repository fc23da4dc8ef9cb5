"""What the schemas promise, and what is inferred without one."""

from __future__ import annotations

import pytest

from kloudless_data.exceptions import InvalidParameter
from kloudless_data.schema import SCHEMAS, events_schema, infer_schema, schema_for

KINDS = {"id", "string", "int64", "float64", "bool", "timestamp", "json"}


@pytest.mark.parametrize("schema", SCHEMAS.values(), ids=list(SCHEMAS))
def test_a_schema_is_consistent(schema):
    names = [column.name for column in schema.columns]
    paths = {column.path for column in schema.columns}
    assert SCHEMAS[schema.name] is schema
    assert len(set(names)) == len(names)
    assert not {"extra", "raw"} & set(names)
    for column in schema.columns:
        assert column.name == "_".join(column.path)
        assert column.kind in KINDS
        # A field is a column or has columns beneath, never both.
        assert not any(column.path[:n] in paths for n in range(1, len(column.path)))


@pytest.mark.parametrize("schema", SCHEMAS.values(), ids=list(SCHEMAS))
def test_ids_are_strings_and_times_are_utc(schema):
    arrow = schema.arrow()
    for column in schema.columns:
        if column.path[-1] == "id":
            assert str(arrow.field(column.name).type) == "string"
        if column.path[-1] in ("created", "modified"):
            assert str(arrow.field(column.name).type) == "timestamp[us, tz=UTC]"


def test_extra_and_raw_come_last():
    assert events_schema(1).arrow().names[-1] == "extra"
    assert events_schema(1).arrow(raw=True).names[-2:] == ["extra", "raw"]


def test_columns_come_in_the_requested_order():
    assert events_schema(1).arrow(columns=["raw", "id"]).names == ["raw", "id"]


@pytest.mark.parametrize("columns", [["id", "colour"], ["id", "id"], [], "id"])
def test_a_wrong_list_of_columns_is_refused(columns):
    with pytest.raises(InvalidParameter):
        events_schema(1).arrow(columns=columns)


def test_an_unknown_column_is_named():
    with pytest.raises(InvalidParameter, match=r"'colour'.*metadata_name"):
        events_schema(1).arrow(columns=["colour"])


@pytest.mark.parametrize(
    ("api", "type_", "name"),
    [
        ("core", "account", "accounts"),
        ("storage", "file", "files"),
        ("storage", "folder", "files"),
        ("calendar", "calendar", "calendars"),
        ("calendar", "event", "calendar_events"),
        ("cal", "events", "calendar_events"),
        ("activity", "event", "events.v1"),
        ("meta", "application", "applications"),
        (None, "api_key", "apikeys"),
        (None, "apikeys", "apikeys"),
        (None, "trusted_domains", "trusted_domains"),
        (None, "fe_upload_locations", "fe_upload_locations"),
        (None, "licenses", "licenses"),
        (None, "license", "licenses"),
    ],
)
def test_a_type_finds_its_schema(api, type_, name):
    assert schema_for(api, type_).name == name


def test_every_listing_schema_is_found_by_its_own_name():
    for name in SCHEMAS:
        if not name.startswith("events."):
            assert schema_for(None, name).name == name


def test_an_unknown_type_has_no_schema():
    assert schema_for("crm", "lead") is None
    assert schema_for(None, None) is None


@pytest.mark.parametrize(
    ("api", "type_"),
    [("crm", "account"), ("accounting", "account"), ("accounting", "invoice"), ("team", "user"),
     ("email", "folder"), ("crm", "webhook"), ("hr", "license"), ("crm", "calendar")],
)  # fmt: skip
def test_another_apis_objects_are_not_kloudless_own(api, type_):
    assert schema_for(api, type_) is None


@pytest.mark.parametrize("api", [None, "", "core", "meta"])
def test_kloudless_own_accounts_and_invoices_are(api):
    assert schema_for(api, "account").name == "accounts"
    assert schema_for(api, "invoice").name == "invoices"


def test_the_event_schema_follows_the_api_version():
    assert events_schema(0).name == "events.v0"
    assert events_schema(3).name == "events.v2"
    assert schema_for("activity", "event", 2).name == "events.v2"
    assert "event_category" in events_schema(2).arrow().names


def inferred(*objects):
    return {column.name: column.kind for column in infer_schema(objects).columns}


def test_kinds_are_inferred_from_all_values():
    assert inferred(
        {"id": 1, "n": 1, "x": 1, "t": "2019-06-26T21:15:22Z", "b": True, "l": []},
        {"id": "a", "n": None, "x": 1.5, "t": None, "b": False, "l": [1]},
    ) == {
        "id": "id",
        "n": "int64",
        "x": "float64",
        "t": "timestamp",
        "b": "bool",
        "l": "json",
    }


def test_a_field_of_several_kinds_keeps_its_json():
    assert inferred({"a": 1}, {"a": "x"}) == {"a": "json"}
    assert inferred({"a": {"b": 1}}, {"a": "x"}) == {"a": "json"}


def test_a_nullable_object_is_flattened():
    assert inferred({"a": None}, {"a": {"b": {"c": True}}}) == {"a_b_c": "bool"}


def test_times_that_would_lose_something_stay_strings():
    assert inferred({"t": "2019-06-26T21:15:22"}) == {"t": "string"}


def test_two_fields_with_one_column_name_give_one_column():
    assert inferred({"a_b": 1, "a": {"b": "x"}}) == {"a_b": "int64"}


def test_columns_do_not_take_reserved_names():
    assert inferred({"extra": 1, "raw": {"a": 1}, "x": 1}) == {"raw_a": "int64", "x": "int64"}


def test_no_objects_give_no_columns():
    assert infer_schema([]).columns == ()
