"""The organisation while it is simulated, and what its people and intruders can do."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from .documents import Documents, Folder
from .draws import Draws
from .journal import Journal, Label, Session, Thing
from .networks import Networks
from .people import Actor, Culture, Namer, terciles
from .rhythms import Calendar

__all__ = ["Action", "Scene"]

Action = Callable[[int], None]
_PARTNERS = (
    "contoso-legal hartmann-bau nordlys-media acme-parts brightpath eurotax delta-print".split()
)


class Scene:
    """An organisation's people, documents and networks, and a plan of what happens on which day."""

    def __init__(
        self, draws: Draws, service: str, culture: Culture, calendar: Calendar, namer: Namer
    ) -> None:
        self.draws = draws
        self.service = service
        self.culture = culture
        self.calendar = calendar
        self.namer = namer
        self.documents = Documents(draws, service)
        self.journal = Journal(draws, self.documents)
        self.networks: Networks
        self.actors: list[Actor] = []
        self.robots: list[Actor] = []
        self.guests: list[Actor] = []
        self.unused: list[Actor] = []
        self.offices: list[Any] = []
        self.vpn: Any = None
        self.team_folders: dict[str, list[Folder]] = {}
        self.agents_known = True
        self.busy: set[int] = set()  # who has already been in an incident
        self._plan: dict[int, list[Action]] = defaultdict(list)

    # People ------------------------------------------------------------------

    def people(self, day: int | None = None) -> list[Actor]:
        """Return the persons employed on a day, or ever."""
        return [a for a in self.actors if a.is_person and (day is None or a.is_employed(day))]

    def admin(self, day: int) -> Actor:
        """Draw one of the administrators of a day."""
        admins = [a for a in self.people(day) if a.admin]
        return self.draws.choice(admins or self.people(day))

    def victim(self, first: int, last: int, among: Sequence[Actor] | None = None) -> Actor:
        """Draw somebody who works there all the time: as likely quiet, middling or busy."""
        staff = self.people() if among is None else list(among)
        there = [a for a in staff if a.first <= first and a.last >= last] or staff
        fresh = [a for a in there if a.index not in self.busy] or there
        drawn = self.draws.choice(self.draws.choice(terciles(fresh)))
        self.busy.add(drawn.index)
        return drawn

    def outsider(self) -> str:
        """Return the address of somebody at a partner's."""
        return self.namer.person(f"{self.draws.choice(_PARTNERS)}.example")[1]

    def private_address(self, actor: Actor) -> str:
        """Return an address of somebody's own at a free-mail provider."""
        local = actor.email.partition("@")[0].replace(".", "") + self.draws.digits(2)
        return f"{local}@{self.draws.choice(('freemail', 'postbox', 'mailhaven'))}.example"

    def folders_of_others(self, actor: Actor, sensitive: bool = False) -> list[Folder]:
        """Return the folders that are not among a person's own, with files in them."""
        own = set(map(id, actor.folders))
        folders = [f for f in self.documents.folders if f.files and id(f) not in own]
        wanted = [f for f in folders if f.sensitive]
        return wanted if sensitive and wanted else folders

    # Time ---------------------------------------------------------------------

    def on(self, day: int, action: Action) -> None:
        """Plan something for a day; beyond the end it does not happen."""
        if 0 <= day < self.calendar.days:
            self._plan[day].append(action)

    def planned(self, day: int) -> list[Action]:
        """Return what is planned for a day."""
        return self._plan.get(day, [])

    def label(self, kind: str, people: Sequence[Actor], **options: Any) -> Label:
        """Make a label; what is written under it comes later."""
        made = Label(kind, list(people), **options)
        self.journal.labels.append(made)
        return made

    def working_hour(self, actor: Actor, day: int) -> float:
        """Draw a moment in a person's working hours."""
        return self.calendar.at(actor.country, day, actor.shift.moment(self.draws))

    def off_hour(self, actor: Actor, day: int) -> float:
        """Draw a moment at which the person usually sleeps."""
        hour = actor.shift.start + actor.shift.hours + self.draws.uniform(4, 12)
        return self.calendar.at(actor.country, day, hour)

    # Sessions -----------------------------------------------------------------

    def session(self, ip: str | None, agent: str) -> Session:
        """Return a session as the service reports it: not all report programs, or each address."""
        known = self.culture.tidy_ip == 1.0 or self.draws.chance(self.culture.tidy_ip)
        return Session(ip if known else None, agent if self.agents_known else None)

    def place(self, actor: Actor, day: int, at: float) -> Any:
        """Return where somebody is: at one place through a working day, later at home."""
        if not actor.is_person:
            return actor.office or actor.home
        if day in actor.travels:
            return actor.travels[day]
        if actor.where is None or actor.where[0] != day:
            place: Any = actor.office
            if place is None or self.draws.chance(actor.remote):
                away = self.vpn is not None and self.draws.chance(self.culture.vpn)
                place = self.vpn if away else actor.home
            actor.where = (day, place)
        end = actor.shift.start + actor.shift.hours + 1
        if at > self.calendar.at(actor.country, day, end):
            return actor.home
        return actor.where[1]

    def own_session(self, actor: Actor, day: int, at: float) -> Session:
        """Return a session of a person's own workstation."""
        return self.session(self.place(actor, day, at).address(at), actor.device.browser.at(day))

    def usual_session(self, actor: Actor, day: int, at: float) -> Session:
        """Return a session of any of the person's devices, also of the phone on the way."""
        if actor.is_person and self.draws.chance(self.culture.mobile):
            return self.session(actor.mobile.address(at), actor.phone.browser.at(day))
        program = actor.device.program(self.draws)
        return self.session(self.place(actor, day, at).address(at), program.at(day))

    # Actions ------------------------------------------------------------------

    def user(self, actor: Actor) -> Thing:
        """Return an account as what an event is about."""
        return Thing(actor.id, actor.name, "user", actor.email)

    def login(self, at: float, actor: Actor, session: Session, failures: int = 0) -> None:
        """Write a sign-in, after some failed attempts."""
        for before in range(failures, 0, -1):
            moment = at - 20.0 * before - self.draws.random() * 9
            self.journal.thing(moment, actor, "failure", self.user(actor), session)
        self.journal.thing(at, actor, "login", self.user(actor), session)

    def act(self, at: float, actor: Actor, verb: str, file: int, session: Session) -> None:
        """Do something with a file and write it down."""
        d, docs = self.draws, self.documents
        before = extra = None
        if verb == "update":
            docs.sizes[file] = max(1, int(docs.sizes[file] * d.around(1.0, 0.1)))
            docs.modified[file], docs.modifiers[file] = at, actor.index
        elif verb in ("rename", "move"):
            before = (docs.names[file], docs.folders[docs.places[file]])
            self._relocate(actor, verb, file)
        elif verb in ("delete", "purge"):
            self.journal.file(at, actor, verb, file, session)
            docs.remove(file)
            return
        elif verb == "restore":
            docs.restore(file)
        elif verb in ("share", "invite", "company", "public"):
            extra = {"permissions": [self._permission(verb, actor)]}
        self.journal.file(at, actor, verb, file, session, before, extra)

    def _relocate(self, actor: Actor, verb: str, file: int) -> None:
        docs = self.documents
        if verb == "rename":
            docs.names[file] = docs.name(docs.folders[docs.places[file]].department)
        elif actor.folders and docs.alive[file]:
            docs.move(file, self.draws.choice(actor.folders))

    def _permission(self, verb: str, actor: Actor) -> dict[str, str | None]:
        role = self.draws.choice(("reader", "reader", "writer"))
        if verb == "public":
            return permission("anyone", role)
        if verb == "company":
            return permission("domain", role, name=self.namer.domain)
        if verb == "invite":
            return permission("user", role, email=self.outsider())
        other = self.draws.choice([a for a in self.actors if a.is_person])
        return permission("user", role, other.id, other.name, other.email)

    def share(self, at: float, actor: Actor, file: int, session: Session, email: str) -> None:
        """Share a file with an address outside."""
        extra = {"permissions": [permission("user", "reader", email=email)]}
        self.journal.file(at, actor, "invite", file, session, None, extra)

    def add(
        self, at: float, actor: Actor, folder: Folder, session: Session, name: str | None = None
    ) -> int:
        """Add a file to a folder."""
        file = self.documents.add(folder, actor.index, at, name)
        self.journal.file(at, actor, "add", file, session)
        return file

    def within_reach(self, actor: Actor, count: int, sensitive: float = 0.0) -> Iterator[int]:
        """Yield different files that a person can open, a share of them from sensitive folders."""
        reach = actor.folders or [f for fs in self.team_folders.values() for f in fs]
        folders = [f for f in reach if f.files]
        vaults = [f for f in self.documents.folders if f.sensitive and f.files]
        seen: set[int] = set()
        for _ in range(count * 3):
            pool = vaults if vaults and self.draws.chance(sensitive) else folders or vaults
            # What an earlier file of the iteration led to may have emptied a folder.
            file = self.documents.pick(self.draws.choice(pool)) if pool else None
            if file is not None and file not in seen:
                seen.add(file)
                yield file
            if len(seen) == count:
                return


def permission(
    type_: str,
    role: str,
    id_: str | None = None,
    name: str | None = None,
    email: str | None = None,
) -> dict[str, str | None]:
    """Return a permission in the form of version 1 of the API."""
    return {"id": id_, "name": name, "email": email, "role": role, "type": type_}
