"""What should not happen: each kind with its days, and whether it takes weeks by intent."""

from __future__ import annotations

from collections.abc import Callable

from benchmarks.visitors.case import Case
from benchmarks.visitors.scene import Story

from . import destruction, insiders, intruders

__all__ = ["INCIDENTS"]

_TABLE: tuple[tuple[Callable[[Case], Story], float, bool], ...] = (
    (intruders.stolen_session, 3, False),
    (intruders.deceived_help_desk, 2, False),
    (intruders.password_spray, 3, False),
    (intruders.slow_spray, 30, True),
    (intruders.woken_account, 28, False),
    (intruders.malicious_consent, 20, True),
    (intruders.stolen_integration, 5, False),
    (intruders.mailed_lure, 2, False),
    (intruders.invoice_fraud, 13, False),
    (intruders.persistent_guest, 25, True),
    (insiders.departing_thief, 24, True),
    (insiders.grab_before_dismissal, 2, False),
    (insiders.slow_leak, 44, True),
    (insiders.snooping, 30, True),
    (insiders.borrowed_account, 40, True),
    (insiders.private_mailbox, 6, False),
    (insiders.public_exposure, 5, False),
    (insiders.false_hire, 34, True),
    (insiders.greedy_partner, 5, False),
    (insiders.prying_administrator, 12, False),
    (insiders.back_door, 20, True),
    (destruction.ransomware, 1, False),
    (destruction.sabotage, 3, False),
    (destruction.copied_and_wiped, 3, False),
    (destruction.slow_tampering, 30, True),
)
INCIDENTS = {story.__name__: (story, span, slow) for story, span, slow in _TABLE}
