"""Categories on request: their columns, their values, and the memory that they save."""

from __future__ import annotations

import pandas as pd
import pytest

from kloudless_data import Account
from kloudless_data.exceptions import InvalidParameter
from kloudless_data.interchange.categories import repeating_columns
from kloudless_data.schema import SCHEMAS, events_schema

from ..memory import MemorySandbox


@pytest.fixture
def account():
    with MemorySandbox(accounts=1, events=3000) as sandbox:
        yield Account(token=sandbox.accounts[0].token, base_url=sandbox.base_url)


def test_the_columns_that_repeat_become_categories_and_hold_the_same(account):
    plain = account.events().to_frame()
    df = account.events().to_frame(categories=True)
    repeating = repeating_columns(events_schema(1).arrow())
    assert [name for name in df if df[name].dtype == "category"] == repeating
    assert {"account", "type", "metadata_owner_email", "metadata_mime_type"} <= set(repeating)
    assert not {"id", "metadata_id", "metadata_name", "extra"} & set(repeating)
    back = df.astype({name: plain[name].dtype for name in repeating})
    pd.testing.assert_frame_equal(back, plain)


def test_categories_take_much_less_memory(account):
    def size(frame):
        return frame.memory_usage(deep=True).sum()

    plain, df = account.events().to_frame(), account.events().to_frame(categories=True)
    assert size(df) < 0.7 * size(plain)
    repeating = repeating_columns(events_schema(1).arrow())
    assert size(df[repeating]) < 0.2 * size(plain[repeating])


@pytest.mark.parametrize("backend", [None, "numpy_nullable", "pyarrow"])
def test_columns_may_be_named(account, backend):
    df = account.events().to_frame(dtype_backend=backend, categories=["type", "metadata_name"])
    assert [name for name in df if df[name].dtype == "category"] == ["type", "metadata_name"]


@pytest.mark.parametrize(
    ("categories", "named"), [(["colour"], "colour"), ("type", "list"), (["metadata_id"], None)]
)
def test_a_column_that_is_not_read_is_refused_before_anything_is_requested(categories, named):
    nowhere = Account(token="t", base_url="http://127.0.0.1:9")
    events = nowhere.events(columns=["id", "type"])
    with pytest.raises(InvalidParameter, match=named or "metadata_id"):
        events.to_frame(categories=categories)


def test_an_interrupted_frame_can_have_categories_too(account):
    assert account.events().partial(categories=True)["type"].dtype == "category"


def test_listings_can_have_categories_too(account):
    df = account.get("storage/folders/root/contents").to_frame(categories=True)
    assert df["type"].dtype == "category"
    assert df["name"].dtype != "category"


@pytest.mark.parametrize("schema", SCHEMAS.values(), ids=lambda schema: schema.name)
def test_an_objects_own_id_and_name_are_never_categories(schema):
    repeating = set(repeating_columns(schema.arrow()))
    assert not {"id", "raw_id", "name", "url", "key", "href"} & repeating
