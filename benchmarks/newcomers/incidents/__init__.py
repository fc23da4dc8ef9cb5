"""What goes wrong: a script for each kind of incident."""

from ..case import INTENSITIES, Case, Incident
from .destroyers import emptied_bin, mass_deletion, ransomware_overwrite, ransomware_replace
from .intruders import (
    brute_force,
    consent_phishing,
    dormant_account,
    password_spray,
    stolen_sync_token,
    takeover_few_reads,
    takeover_many_reads,
)
from .leavers import departing_weeks, mass_download, private_sharing, slow_exfiltration
from .openers import (
    admin_snooping,
    external_shares,
    privilege_escalation,
    public_links_many,
    public_links_sensitive,
)

__all__ = ["INCIDENTS", "INTENSITIES", "SLOW", "Case", "Incident"]

_ALL: tuple[Incident, ...] = (
    takeover_few_reads, takeover_many_reads, password_spray, brute_force, consent_phishing,
    dormant_account, stolen_sync_token, mass_download, slow_exfiltration, departing_weeks,
    private_sharing, mass_deletion, ransomware_overwrite, ransomware_replace, emptied_bin,
    public_links_many, public_links_sensitive, external_shares, privilege_escalation,
    admin_snooping,
)  # fmt: skip

INCIDENTS: dict[str, Incident] = {script.__name__: script for script in _ALL}
#: Kinds that take days or weeks by intent.
SLOW = frozenset({"slow_exfiltration", "departing_weeks"})
