"""Which statuses are answers, and which are failures."""

from __future__ import annotations

import json
import pickle

import pytest
from conftest import Answer

import kloudless_data as kd
from kloudless_data import exceptions
from kloudless_data.cli import main

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


UPSTREAM = "/drive/v2/missing?alt=json&access_token=sEcReT-value"
FAILING = {
    "refused": Answer(404),
    "failed": Answer(500),
    "a part": Answer(206, b"{}"),
    "a web page": Answer(200, b"<html>", {}, "text/html"),
    "unknown encoding": Answer(200, b"{}", {"Content-Encoding": "br"}),
    "not compressed": Answer(200, b"{}", {"Content-Encoding": "gzip"}),
    "broken off": Answer(200, b'{"items": []}', reset="during"),
    "no answer": Answer(reset="before"),
    "a redirect in a circle": Answer(302, b"", {"Location": "/v1/accounts/me/raw"}),
}


@pytest.mark.parametrize("name", FAILING)
def test_a_failure_names_the_path_that_the_upstream_service_was_asked_for(serve, name):
    account = kd.Account(token="a-token", base_url=serve(FAILING[name]).base_url)
    account = account.with_options(max_retries=0)
    headers = {"X-Kloudless-Raw-Method": "GET", "X-Kloudless-Raw-URI": UPSTREAM}
    with pytest.raises(exceptions.KloudlessException) as caught:
        account.post("raw", headers=headers)
    error = caught.value
    assert "(GET /drive/v2/missing?alt=json&access_token=[redacted] of" in str(error)
    assert "sEcReT" not in str(error)
    assert b"sEcReT" not in pickle.dumps(error)


def test_the_command_names_the_path_that_the_upstream_service_was_asked_for(serve, capsys):
    where = ["--base-url", serve(Answer(404)).base_url, "--token", "t0ken"]
    assert main(["raw", "get", UPSTREAM, *where]) == 1
    told = capsys.readouterr().err
    assert "/v1/accounts/me/raw (GET /drive/v2/missing?alt=json" in told
    assert "sEcReT" not in told
