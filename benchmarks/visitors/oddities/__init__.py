"""What looks odd and is honest, and leaves a trace that tells."""

from __future__ import annotations

from . import access, places, tidying

__all__ = ["ODDITIES"]

ODDITIES = {
    story.__name__: story
    for story in (
        places.business_trip, places.new_computer, places.moved_house, places.private_vpn,
        places.conference, places.office_outage, places.borrowed_computer, places.night_shift,
        places.forgotten_password, places.expired_passwords, places.new_telephone,
        places.back_from_leave, places.looping_client, places.before_a_flight,
        access.substitution, access.promotion, access.handover, access.outside_audit,
        access.data_room, access.customer_delivery, access.legal_hold, access.all_hands,
        access.press_kit, access.rolled_out_app, access.new_archive_program, access.new_guest,
        tidying.spring_cleaning, tidying.wrong_deletion, tidying.closed_project,
        tidying.new_names, tidying.scanned_paper, tidying.new_templates, tidying.old_accounts,
        tidying.own_things,
    )
}  # fmt: skip
