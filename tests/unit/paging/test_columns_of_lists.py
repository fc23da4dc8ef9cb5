"""A list's columns depend on its objects' type and on the requested version."""

from __future__ import annotations

import json

import pytest
from conftest import Answer

import kloudless_data as kd


@pytest.fixture
def listed(serve):
    def get(path, objects, **kwargs):
        server = serve(Answer(body=json.dumps({"objects": objects, **kwargs}).encode()))
        return kd.Account(token="t", base_url=server.base_url).get(path)

    return get


@pytest.mark.parametrize(
    ("api", "type_", "path"),
    [("crm", "account", "crm/accounts"), ("accounting", "account", "accounting/accounts"),
     ("accounting", "invoice", "accounting/invoices")],
)  # fmt: skip
def test_a_company_keeps_its_name(listed, api, type_, path):
    company = {"id": "c1", "api": api, "type": type_, "name": "Analytical Engines", "balance": 5.5}
    frame = listed(path, [company], type="object_list", api=api).to_frame()
    assert frame["name"].tolist() == ["Analytical Engines"]
    assert frame["balance"].tolist() == [5.5]
    assert "service" not in frame.columns


def test_the_version_of_one_request_gives_its_columns(sandbox):
    admin = next(each for each in sandbox.accounts if each.admin)
    account = kd.Account(token=admin.token, base_url=sandbox.base_url)
    first = account.get("events", params={"page_size": 50})
    second = account.get("subscriptions/default/activity", params={"page_size": 50}, api_version=2)
    assert "event_category" not in first.to_frame(limit=50).columns
    frame = second.to_frame(limit=50)
    assert frame["event_category"].notna().any()
