"""Honest things that look odd: the near misses that an audit should leave alone.

Each is labelled, so that one can count what an audit makes of them; none is an incident.

Sources
-------
- Which honest events anomaly detectors report (new devices and countries, mass downloads and
  deletions, migrations, travel, VPNs): Microsoft, "Investigate anomaly detection alerts", under
  benign and false positives,
  https://learn.microsoft.com/en-us/defender-cloud-apps/investigate-anomaly-alerts.
- Stale passwords cause bursts of failed log-ins that are no attack: Microsoft, "Password spray
  investigation", https://learn.microsoft.com/en-us/security/operations/incident-response-playbook-password-spray.
"""

from __future__ import annotations

from .oddities_of_files import WITH_FILES
from .oddities_of_people import OF_PEOPLE
from .scene import Scene

__all__ = ["add_oddities"]


def add_oddities(scene: Scene) -> None:
    """Add each as often as it happens."""
    rng = scene.generator(49)
    for happen, (once, each) in (WITH_FILES | OF_PEOPLE).items():
        expected = (once + each * len(scene.org.staff)) * scene.org.days / 90
        for _ in range(min(int(rng.poisson(expected)), 8)):
            happen(scene)
