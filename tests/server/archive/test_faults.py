"""A connection that breaks, stalls or is refused changes nothing in an archive."""

from __future__ import annotations

from archives import check_against_history, client_of

from kloudless_data.archive import Archive
from kloudless_data.sandbox import FaultPlan, Sandbox


def test_transport_faults_change_nothing(tmp_path):
    with Sandbox(
        seed=25, accounts=2, events=800, faults=FaultPlan.transport(3, 0.08, retry_after=0)
    ) as own:
        archive = Archive(tmp_path / "a")
        assert archive.sync(client_of(own), page_size=50).ok
        check_against_history(archive, own)
