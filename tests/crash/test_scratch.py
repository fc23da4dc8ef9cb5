"""Temporary folders go with their owner, and those of killed processes at the next start."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from kloudless_data.storage.scratch import ScratchFolder

SCRIPT = """
import os, signal, sys
from kloudless_data.storage.scratch import ScratchFolder
folder = ScratchFolder("test")
(folder.path / "data").write_text("data")
print(folder.path, flush=True)
{then}
"""
PICTURE = """
import sys
from kloudless_data.access.picture import Picture
picture = Picture.of_tables({{}})
print(picture._folder.path, flush=True)
{then}
"""


@pytest.fixture
def temporary(tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    return tmp_path


def started(script, then):
    return subprocess.Popen(
        [sys.executable, "-c", script.format(then=then)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


@pytest.mark.parametrize("script", [SCRIPT, PICTURE])
@pytest.mark.parametrize("then", ["", "sys.exit(3)", "raise RuntimeError('no')",
                                  "raise KeyboardInterrupt"])  # fmt: skip
def test_a_folder_is_removed_with_its_process_however_that_ends(temporary, script, then):
    process = started(script, then)
    out, _ = process.communicate(timeout=60)
    assert out.strip()
    assert not Path(out.strip()).exists()
    assert list(temporary.iterdir()) == []


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_the_folder_of_a_killed_process_is_removed_at_the_next_start(temporary, number):
    process = started(SCRIPT, "sys.stdin.read()")
    left = Path(process.stdout.readline().strip())
    with ScratchFolder("test"):
        assert (left / "data").exists()  # its process is alive
    process.send_signal(number)
    process.communicate(timeout=60)
    assert left.exists()
    with ScratchFolder("other"):
        assert left.exists()
    with ScratchFolder("test"):
        assert not left.exists()


def test_a_folder_that_is_not_locked_is_nobodys_to_remove(temporary):
    """Such as one that is just being created, or another program's."""
    made = temporary / "kloudless-test-12345678"
    made.mkdir()
    (made / "in-use.new").touch()
    with ScratchFolder("test"):
        assert made.exists()


def test_an_exception_ends_a_folder_and_a_second_end_does_nothing(temporary):
    folder = ScratchFolder("test")
    with pytest.raises(RuntimeError), folder:
        raise RuntimeError
    assert list(temporary.iterdir()) == []
    folder.remove()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
def test_a_forked_child_does_not_remove_its_parents_folder(temporary):
    process = started(
        SCRIPT,
        "child = os.fork()\n"
        "if child == 0: sys.exit()\n"
        "os.waitpid(child, 0)\n"
        "print(folder.path.exists(), flush=True)",
    )
    out, _ = process.communicate(timeout=60)
    assert out.split()[-1] == "True"
