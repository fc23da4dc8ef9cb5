"""The circumstances of what stands out, and how far they are those of ordinary work.

Rarity does not tell a thief from somebody who clears up after a project: both take or delete more
than ever. They differ in where, when and amid what they do it. Thieves go through folders in which
the person hardly ever works, and through many of them, at hours that are not the person's, and do
nothing else; colleagues do it in folders of their own, in working hours, between edits. What comes
after tells them apart, too: colleagues go back to the files they took, and keep their new laptops.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from .grading import Cause, ordered
from .surroundings import USUAL_HOURS, USUAL_PEOPLE, surroundings_of

if TYPE_CHECKING:
    from .activity import Activity
    from .rules.base import Candidate

__all__ = ["Circumstances", "circumstances_of", "in_circumstances"]

#: Decades for events that are all in strange folders, all amid work, or all by syncing programs.
_STRANGE, _AMID, _SYNCS = 2.5, -3.0, -1.0
#: Decades for ten times as many folders, for hours ten times rarer, and where no folder is named.
_FOLDERS, _HOURS, _NOWHERE = 1.8, 1.6, -0.4
#: The number of folders that is worth nothing.
_USUAL_FOLDERS = 3.0
#: The least for hours: those that are everybody's excuse little.
_OWN_HOURS = -0.3
#: Decades where the person changes all of these folders on other days, and the usual share.
_EDITED, _USUALLY_EDITED = -1.1, 0.5
#: Decades for networks that ten times as many people use; more than usual say nothing more: thieves
#: inside use the office's network, too.
_PEOPLE = -0.6
#: Decades in a new network if all events add or change files, and if each is on another file; and
#: the usual shares.
_WRITES, _USUAL_WRITES, _ONCE, _USUALLY_ONCE = -1.7, 0.14, 1.2, 0.85
#: Decades if everything is taken rather than looked at, and if all are files of others; and the
#: usual shares.
_TAKEN, _USUALLY_TAKEN, _FOREIGN, _USUALLY_FOREIGN = 0.4, 0.72, 0.4, 0.66
#: Decades for what is taken or shared if the person goes back to all of it later.
_REVISITED = -1.5
#: Decades if all is by a new program that stays in use, or in a new network that does; and for a
#: visit by programs that stay in use.
_STAYS, _RESUMED = -1.5, -1.0
#: Decades for ten times as many domains shared with, the number that is worth nothing, and decades
#: if all are files of others that are shared with the person's own name elsewhere.
_DOMAINS, _USUAL_DOMAINS, _PRIVATE = -1.5, 2.5, 2.0
#: Decades if others take the same files.
_IN_DEMAND = -2.5
#: Decades for administrators who change rights or protection, which is their work, or give a
#: program access at that time: they move data, and try new programs, for others.
_ADMINISTERS = -2.0
#: The subjects of rules about files that are wanted later only for work.
_WANTED = ("taking", "sharing")
#: A few events say little: this many usual ones are added.
_PRIOR = 2.0
#: Decades for a program's account in its usual networks, whatever its folders and hours.
_PROGRAM = -2.0
#: The most that circumstances add or take away.
_MOST = 3.0


@dataclass(frozen=True)
class Circumstances:
    """Where, when and amid what somebody did something.

    Attributes
    ----------
    events : int
        Their number.
    strange : float
        The share of events in folders where the person is active on at most one other day.
    folders : int
        The number of folders; 0 if the events name none, -1 if the whole log names none.
    amid : float
        The share of events amid work: within half an hour of edits from the same network, which
        come at a pace that a person can keep up.
    hours : float
        The mean share of the person's other days with activity at these hours of the clock.
    program : bool
        It is a program's account.
    elsewhere : float
        The share of events in neighbourhoods where the person is active on at most one other day.
    syncs : float
        The share of events by programs that sync.
    edited : float
        The share of events in folders where the person also adds or changes files on other days;
        the usual share for sharing, which people do where they work.
    revisited : float
        The share of events on files that the person touches again more than half a day later.
    stays : float
        The share of events by programs that were new to the person and are in use on at least two
        later days, plus that of events in neighbourhoods of which the same is true.
    resumed : float
        The share of events by programs, new or not, in use on at least two later days.
    domains : int
        The number of domains shared with; 0 if most events are no shares, and for open links.
    private : float
        The share of events that share files of others with an address elsewhere that has the
        person's own name: people send their own papers home.
    people : float
        The number of people who use the events' networks (neighbourhoods), as a geometric mean;
        the usual number for events without one.
    writes, once : float
        In a new network, the share of events that add or change files, and the number of files
        as a share of that of events; elsewhere the usual shares.
    taken, foreign : float
        Where files are taken, the share of events that take them rather than look at them, and of
        events on others' files; elsewhere the usual shares.
    administers : bool
        The person does administrators' work on other days, and what they do is such work (the
        finding is about rights, but not those that they give themselves), or they give a program
        access then or the day before.
    in_demand : float
        The share of events that read files which at least two others take within two days: what
        is new for all, such as a party's photos.
    by_hours : bool
        They stand out by their hours already, which are not counted twice.
    """

    events: int = 0
    strange: float = 0.0
    folders: int = 0
    amid: float = 0.0
    hours: float = USUAL_HOURS
    program: bool = False
    elsewhere: float = 0.0
    syncs: float = 0.0
    edited: float = _USUALLY_EDITED
    revisited: float = 0.0
    stays: float = 0.0
    resumed: float = 0.0
    domains: int = 0
    private: float = 0.0
    people: float = USUAL_PEOPLE
    writes: float = _USUAL_WRITES
    once: float = _USUALLY_ONCE
    taken: float = _USUALLY_TAKEN
    foreign: float = _USUALLY_FOREIGN
    administers: bool = False
    in_demand: float = 0.0
    by_hours: bool = False

    @property
    def decades(self) -> float:
        """Return what they are worth, in decades: negative if it looks like ordinary work.

        Examples
        --------
        >>> Circumstances(60, strange=1.0, folders=20, hours=0.02).decades
        3.0
        >>> round(Circumstances(60, folders=2, amid=0.5, hours=0.3).decades, 1)
        -2.0
        """
        if self.program:  # it goes anywhere at any hour
            return _PROGRAM if self.elsewhere < 0.5 else 0.0
        known = self.events / (self.events + _PRIOR)
        worth = _STRANGE * self.strange * known + _AMID * self.amid + _SYNCS * self.syncs
        if self.folders > 0:
            worth += _FOLDERS * np.log10((1 + self.folders) / (1 + _USUAL_FOLDERS))
        elif not self.folders:
            worth += _NOWHERE
        hours = self.hours * known + USUAL_HOURS * (1 - known)
        rare = max(_HOURS * np.log10(USUAL_HOURS / hours), _OWN_HOURS)
        worth += min(rare, 0.0) if self.by_hours else rare
        worth += _EDITED * (self.edited - _USUALLY_EDITED) + _REVISITED * self.revisited
        worth += _STAYS * self.stays + _RESUMED * self.resumed + _PRIVATE * self.private
        if self.domains:
            worth += _DOMAINS * np.log10((1 + self.domains) / (1 + _USUAL_DOMAINS))
        worth += _PEOPLE * np.log10(min(self.people / USUAL_PEOPLE, 1.0))
        worth += _WRITES * (self.writes - _USUAL_WRITES) + _ONCE * (self.once - _USUALLY_ONCE)
        worth += _TAKEN * (self.taken - _USUALLY_TAKEN)
        worth += _FOREIGN * (self.foreign - _USUALLY_FOREIGN)
        worth += _ADMINISTERS * self.administers + _IN_DEMAND * self.in_demand
        return float(np.clip(worth, -_MOST, _MOST))

    @property
    def numbers(self) -> dict[str, Any]:
        """Return them for a finding, without usual values that stand for what does not apply."""
        usual = Circumstances()
        fields = {"writes": "writes", "files_an_event": "once", "taken": "taken",
                  "on_files_of_others": "foreign"}  # fmt: skip
        left_out = {name for name, field in fields.items()
                    if getattr(self, field) == getattr(usual, field)}  # fmt: skip
        if self.folders <= 0:
            left_out.add("in_edited_folders")
        found = {
            "in_strange_folders": round(self.strange, 2), "folders": max(self.folders, 0),
            "amid_work": round(self.amid, 2), "by_syncing": round(self.syncs, 2),
            "usual_at_these_hours": round(self.hours, 2),
            "in_edited_folders": round(self.edited, 2), "revisited": round(self.revisited, 2),
            "by_what_stays": round(self.stays, 2), "by_programs_resumed": round(self.resumed, 2),
            "domains_shared_with": self.domains, "with_own_name": round(self.private, 2),
            "people_in_these_networks": round(self.people, 1), "writes": round(self.writes, 2),
            "files_an_event": round(self.once, 2), "taken": round(self.taken, 2),
            "on_files_of_others": round(self.foreign, 2), "administers": self.administers,
            "in_demand": round(self.in_demand, 2),
            "circumstances": round(self.decades, 1),
        }  # fmt: skip
        return {name: number for name, number in found.items() if name not in left_out}


def in_circumstances(activity: Activity, causes: Sequence[Cause], least: float) -> list[Cause]:
    """Return causes with what the circumstances of each one's best part are worth.

    Parameters
    ----------
    activity : Activity
    causes : sequence of Cause
    least : float
        Decades; causes that stay below whatever their circumstances are left as they are.
    """
    chosen = [
        n for n, one in enumerate(causes)
        if _has_circumstances(one.parts[0]) and one.worth >= least - _MOST
    ]  # fmt: skip
    found = list(causes)
    known = circumstances_of(activity, [causes[n].parts[0] for n in chosen])
    for n, one in zip(chosen, known, strict=True):
        found[n] = replace(found[n], worth=found[n].worth + one.decades, numbers=one.numbers)
    return ordered(found)


def _has_circumstances(candidate: Candidate) -> bool:
    return candidate.who is not None and candidate.loud and candidate.rule.in_context


def circumstances_of(activity: Activity, candidates: Sequence[Candidate]) -> list[Circumstances]:
    """Return the circumstances of each candidate's events.

    Parameters
    ----------
    activity : Activity
    candidates : sequence of Candidate
        Of one person each.
    """
    if not candidates:
        return []
    rows = surroundings_of(activity, candidates)
    ((named,),) = activity.rows("select count(*) > 0 from folders")
    found = [Circumstances() for _ in candidates]
    for row in rows.itertuples():
        one = candidates[row.span]
        excused = one.facts.get("excused", one.rule.excused)
        wanted = one.rule.about in _WANTED
        shares = wanted and row.shares >= 0.5 * row.events
        found[row.span] = Circumstances(
            int(row.events), float(row.strange), int(row.folders) if named else -1,
            float(row.amid) if excused else 0.0, float(row.hours), bool(row.program),
            float(row.elsewhere), float(row.syncs),
            float(row.edited) if row.folders and one.rule.about != "sharing" else _USUALLY_EDITED,
            float(row.revisited) if wanted else 0.0, float(row.stays),
            float(row.resumed) if one.rule.about == "place" else 0.0,
            int(row.domains) if shares else 0, float(row.private) if shares else 0.0,
            float(row.people),
            *((float(row.writes), float(row.once)) if one.rule.about == "place"
              else (_USUAL_WRITES, _USUALLY_ONCE)),
            *((float(row.taken), float(row.foreigns)) if one.rule.about == "taking"
              else (_USUALLY_TAKEN, _USUALLY_FOREIGN)),
            administers=bool(
                row.administers
                and (row.admits or (one.rule.about == "rights" and row.own < 0.5))
            ),
            in_demand=float(row.in_demand),
            by_hours=one.rule.asks_for_hours(one),
        )  # fmt: skip
    return found
