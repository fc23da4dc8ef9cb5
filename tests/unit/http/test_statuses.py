"""Which statuses are answers, and which are failures."""

from __future__ import annotations

import json

import pytest
from conftest import Answer

import kloudless_data as kd
from kloudless_data import exceptions

BODY = json.dumps({"objects": [{"id": "e1", "account": 1}], "cursor": "-1"}).encode()


def read(serve, status, **headers):
    server = serve(Answer(status, BODY, headers))
    account = kd.Account(token="a-token", base_url=server.base_url).with_options(max_retries=0)
    return len(account.events().to_frame())


@pytest.mark.parametrize("status", [200, 201, 202, 203])
def test_a_list_under_a_status_of_success_is_read(serve, status):
    assert read(serve, status) == 1


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (204, exceptions.InvalidResponse),
        (206, exceptions.InvalidResponse),
        (304, exceptions.InvalidResponse),
        (418, exceptions.APIException),
        (599, exceptions.ServerException),
        (600, exceptions.ServerException),
        (999, exceptions.ServerException),
    ],
)
def test_a_list_under_another_status_is_not_a_list(serve, status, error):
    with pytest.raises(error, match=str(status)):
        read(serve, status)


def test_a_requested_part_is_returned(serve):
    server = serve(Answer(206, b"part", {"Content-Range": "bytes 0-3/9"}, "text/plain"))
    account = kd.Account(token="a-token", base_url=server.base_url)
    headers = {"Range": "bytes=0-3"}
    response = account.get("storage/files/f/contents", headers=headers, get_raw_response=True)
    assert response.content == b"part"
