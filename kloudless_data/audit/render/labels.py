"""The labels of findings' numbers."""

from __future__ import annotations

from .text import text_of

__all__ = ["LABELS", "label_of"]

#: The labels of the numbers that rules give, in the words of the report.
LABELS = {
    # How rare it is.
    "days_of_history": "days with activity in the history",
    "how_often": "such a person-day is to be expected",
    "most_elsewhere": "at most, leaving out a day before and after",
    "window_hours": "compared with other times of so many hours",
    # What was done.
    "events": "events",
    "files": "files",
    "of_others": "events with files of others",
    "extensions": "extensions",
    "kinds": "kinds of event",
    "shares": "shares",
    "links": "links that anyone can open",
    "domains": "domains",
    "a_day": "events on the median day then",
    "a_day_otherwise": "events on the median day at other times",
    "most_a_day": "events on the largest day then",
    "most_a_day_otherwise": "events on the largest day at other times",
    "days": "days with activity then",
    # Where, when and by what.
    "network": "network",
    "networks": "networks",
    "others_before": "other people there before",
    "new_programs": "programs never used before",
    "in_turn": "times in turn with another network",
    "hours": "hours of the day (UTC)",
    "days_at_these_hours": "other days with activity at these hours",
    "days_with_activity": "other days with activity",
    # Rights and protection.
    "changes": "changes",
    "names": "names of the notes",
    "changed": "files changed or deleted within a day of them",
    "to_themselves": "changes for themselves",
    "rights": "rights",
    "other_days_administering": "other days with changes of permissions or groups",
    "programs": "programs",
    "scopes": "scopes",
    "consents": "consents",
    "what": "what was changed",
    "other_days": "other days with such changes",
    "days_of_work": "other days with administrators' work",
    "other_days_with_these": "other days with these kinds of event",
    "other_days_with_activity": "other days with activity",
    # Log-ins and absence.
    "failures": "failed log-ins",
    "success": "a success followed",
    "new_network": "only from networks new to the person",
    "people": "people",
    "logged_in": "people who logged in from there",
    "days_away": "days away",
    "network_is_new": "only from networks not seen before",
    "active_in_another_account": "active in another account meanwhile",
    "silent_hours": "hours of silence",
    "expected_active_hours": "hours in which activity was to be expected",
    "lasts": "it lasts to the end of the period",
    # The circumstances.
    "in_strange_folders": "share in folders with activity on at most one other day",
    "folders": "folders",
    "amid_work": "share amid the person's own edits",
    "by_syncing": "share by programs that sync",
    "usual_at_these_hours": "share of other days with activity at these hours, smoothed",
    "in_edited_folders": "share in folders where the person changes files on other days, too",
    "revisited": "share of events on files that the person goes back to later",
    "by_what_stays": "by programs and in networks that are new and stay in use (each up to 1)",
    "by_programs_resumed": "share by programs that are in use on later days",
    "domains_shared_with": "domains shared with (0: open links, or nothing shared)",
    "with_own_name": "share of events that send others' files to the person's own name elsewhere",
    "people_in_these_networks": "people who use these networks (geometric mean; 10 if unknown)",
    "writes": "in a new network: share of events that add or change files (0.14 is usual)",
    "files_an_event": "in a new network: files per event (0.85 is usual)",
    "taken": "share of events that take files rather than look (0.72 is usual)",
    "on_files_of_others": "share of events on others' files (0.66 is usual)",
    "administers": "an administrator's work, or when an administrator gives a program access",
    "in_demand": "share on files that at least two others take within two days",
    "alike": "findings on the same subject about others within two weeks",
    "circumstances": "weight of the circumstances, in powers of ten",
}


def label_of(name: str) -> str:
    """Return the label of a finding's number.

    Examples
    --------
    >>> label_of("of_others"), label_of("your_own_number")
    ('events with files of others', 'your own number')
    """
    return LABELS.get(name, text_of(name.replace("_", " ")))
