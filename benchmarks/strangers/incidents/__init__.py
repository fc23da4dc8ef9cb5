"""Incidents: what an attacker or a disloyal insider does, from blatant to faint.

Each is a function of a scene, a day and a strength, which plans what happens and returns its label.
The techniques are those of MITRE ATT&CK (T1078 valid accounts, T1110 brute force, T1528 application
tokens, T1530 data from cloud storage, T1567 exfiltration over web services, T1485 and T1486
destruction and encryption, T1098 account manipulation, T1562.008 disabled cloud logs); each module
cites what its figures rest on.
"""

from __future__ import annotations

from .accounts import brute_force, dormant_account, password_spray, two_places
from .administration import admin_grant, logging_off, rogue_consent, service_account
from .destruction import mass_deletion, ransom_extension, ransom_overwrite, ransom_replace
from .insiders import departure, night_download, private_sharing, public_links, slow_exfiltration
from .intruder import INTENSITIES, Incident, Strength
from .takeover import takeover_reading, takeover_sharing

__all__ = ["INCIDENTS", "INTENSITIES", "Strength"]

INCIDENTS: dict[str, Incident] = {
    f.__name__: f
    for f in (
        takeover_reading,
        takeover_sharing,
        night_download,
        slow_exfiltration,
        ransom_extension,
        ransom_replace,
        ransom_overwrite,
        mass_deletion,
        private_sharing,
        public_links,
        admin_grant,
        rogue_consent,
        password_spray,
        brute_force,
        departure,
        dormant_account,
        two_places,
        logging_off,
        service_account,
    )
}
