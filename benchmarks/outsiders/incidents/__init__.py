"""What goes wrong: twenty-odd kinds, a function each.

A script may begin at any hour; it first waits for its moment. What an intruder or an insider does
or causes is labelled, and nothing else.
"""

from ..case import Kind
from . import destroyers, insiders, intruders, openers

__all__ = ["INCIDENTS"]

INCIDENTS: dict[str, Kind] = {
    "departing_collector": Kind(insiders.departing_collector, 16),
    "slow_siphon": Kind(insiders.slow_siphon, 45, True),
    "private_drip": Kind(insiders.private_drip, 40, True),
    "home_sync": Kind(insiders.home_sync, 4),
    "curious_admin": Kind(insiders.curious_admin, 40, True),
    "colleague_account": Kind(insiders.colleague_account, 30, True),
    "remote_impostor": Kind(insiders.remote_impostor, 40, True),
    "stolen_session": Kind(intruders.stolen_session, 3),
    "stuffed_password": Kind(intruders.stuffed_password, 3),
    "slow_spray": Kind(intruders.slow_spray, 26, True),
    "helpdesk_call": Kind(intruders.helpdesk_call, 4),
    "consent_trap": Kind(intruders.consent_trap, 12),
    "hijacked_integration": Kind(intruders.hijacked_integration, 6),
    "dormant_account": Kind(intruders.dormant_account, 9),
    "invoice_fraud": Kind(intruders.invoice_fraud, 14),
    "client_ransom": Kind(destroyers.client_ransom, 3),
    "parting_sabotage": Kind(destroyers.parting_sabotage, 3),
    "wipe_for_ransom": Kind(destroyers.wipe_for_ransom, 3),
    "slow_deletion": Kind(destroyers.slow_deletion, 35, True),
    "link_leak": Kind(openers.link_leak, 5),
    "planted_guest": Kind(openers.planted_guest, 10),
    "ghost_admin": Kind(openers.ghost_admin, 22),
}
