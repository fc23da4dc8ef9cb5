"""What IPython and Python print for our exceptions."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import traceback

import pytest

import kloudless_data as kd

CELLS = {
    "ours": "import kloudless_data as kd\nkd.Account(token='t', base_url='http://127.0.0.1:9')"
    ".events(page_size=0)",
    "theirs": "1 / 0",
    "from requests": "kd.configuration['max_retries'] = 0\n"
    "kd.Client(api_key='k', base_url='http://127.0.0.1:9').get('accounts')",
    "while theirs": "try:\n    {}['asked for']\nexcept KeyError:\n"
    "    kd.Account(token='t', base_url='nonsense')",
    "last again": "%tb",
    "plain": "%xmode Plain\n%tb",
}
RUN = """
import contextlib, io, json, sys
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance(colors="nocolor", history_length=0)
shell.history_manager.enabled = False
said = {}
for name, cell in json.loads(sys.stdin.read()).items():
    with contextlib.redirect_stdout(io.StringIO()) as out:
        shell.run_cell(cell)
    said[name] = out.getvalue()
print(json.dumps(said))
"""


@pytest.fixture(scope="module")
def said(tmp_path_factory):
    environment = {**os.environ, "IPYTHONDIR": str(tmp_path_factory.mktemp("ipython"))}
    environment.pop("KLOUDLESS_BASE_URL", None)
    ran = subprocess.run(
        [sys.executable, "-c", RUN], input=json.dumps(CELLS), env=environment,
        text=True, capture_output=True, check=True,
    )  # fmt: skip
    return json.loads(ran.stdout)


def test_the_persons_line_and_our_sentence_are_all(said):
    text = said["ours"]
    assert ".events(page_size=0)" in text
    assert "InvalidParameter" in text
    assert "kloudless_data/" not in text
    assert "%xmode Plain" in text


def test_frames_of_our_libraries_are_left_out(said):
    text = said["from requests"]
    assert "GET http://127.0.0.1:9/v1/accounts failed" in text
    assert "get('accounts')" in text
    for inside in ("urllib3", "site-packages", "direct cause", "During handling"):
        assert inside not in text


def test_an_error_that_the_person_was_handling_stays(said):
    text = said["while theirs"]
    assert "{}['asked for']" in text
    assert "During handling of the above exception" in text
    assert "InvalidParameter" in text
    assert "kloudless_data/" not in text


def test_other_exceptions_are_as_they_were(said):
    assert "ZeroDivisionError" in said["theirs"]
    assert "hidden" not in said["theirs"]


def test_all_frames_are_shown_on_request(said):
    assert "kloudless_data/" not in said["last again"]
    assert "kloudless_data/" in said["plain"]
    assert "hidden" not in said["plain"]


def test_python_prints_everything():
    with pytest.raises(kd.exceptions.InvalidParameter) as caught:
        kd.Account(token="t", base_url="http://127.0.0.1:9").events(page_size=0)
    assert "kloudless_data" in "".join(traceback.format_exception(caught.value)).replace(
        __file__, ""
    )
