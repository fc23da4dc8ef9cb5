"""What incidents and oddities share: how strong, who, and from where."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from .chance import Chance
from .hand import Hand
from .internet import DAY, Cafe, Home, Line, Pool, Server
from .journal import Label
from .people import Actor
from .programs import Device
from .scene import Scene, Script
from .tree import File, Folder
from .work import spot_of

__all__ = ["HOUR", "INTENSITIES", "TOOLS", "Case", "Incident"]

HOUR = 3_600.0
INTENSITIES = ("low", "medium", "high")  # subtle, moderate, blatant


class Case:
    """An incident about to happen.

    Parameters
    ----------
    scene : Scene
    chance : Chance
        Its own draws.
    intensity : {"low", "medium", "high"}
    label : Label
    struck : list of Actor
        Whom other incidents have chosen.
    """

    def __init__(
        self, scene: Scene, chance: Chance, intensity: str, label: Label, struck: list[Actor]
    ) -> None:
        self.scene, self.chance, self.intensity = scene, chance, intensity
        self.label, self._struck = label, struck

    def size(self, low: float, medium: float, high: float, least: int = 1) -> int:
        """Draw how many, by the intensity."""
        median = dict(zip(INTENSITIES, (low, medium, high), strict=True))[self.intensity]
        return self.chance.many(median, 0.6, least)

    def odds(self, low: float, medium: float, high: float) -> bool:
        """Draw whether, by the intensity."""
        return self.chance.yes(
            dict(zip(INTENSITIES, (low, medium, high), strict=True))[self.intensity]
        )

    def person(self, among: Sequence[Actor] | None = None) -> Actor:
        """Choose whose account it is; rather nobody to whom something else happens."""
        people = list(among if among is not None else self.scene.working())
        people = people or [one for one in self.scene.people if one.here(self.scene.day)]
        fresh = [one for one in people if one not in self._struck]
        chosen = self.chance.choice(fresh or people or self.scene.people)
        self._struck.append(chosen)
        return chosen

    def own_hand(self, actor: Actor, *, at_home: bool | None = None) -> Hand:
        """Let somebody act from where they usually do."""
        home = self.chance.yes(actor.remote) if at_home is None else at_home
        line, device, via = spot_of(self.scene, actor, home)
        if via == "app" and actor.computers:
            device, via = actor.computers[0], "browser"
        return Hand(self.scene, actor, line, device, via, self.label)

    def stranger(self, actor: Actor, *, tool: float = 0.2) -> Hand:
        """Let somebody else act with an account, from a network of theirs."""
        device: Device = self.scene.shop.computer(client=False)
        if self.chance.yes(tool):
            device = self.scene.shop.program(self.chance.choice(TOOLS))
        return Hand(self.scene, actor, self.network(), device, "browser", self.label)

    def network(self) -> Line:
        """Choose an attacker's network: rented servers, VPNs, or hijacked households."""
        own, internet = self.chance, self.scene.internet
        kind = own.by_weight(
            {"server": 3, "vpn": 3, "household": 4 if self.intensity == "low" else 2}
        )
        if kind == "household":
            return Home(own, internet.network())
        network = own.choice(self.scene.hosters) if own.yes(0.5) else internet.network()
        if kind == "server":
            return Server(network)
        return Pool(own, [network.four() for _ in range(own.randint(2, 30))], 2 * HOUR)

    def cafe(self) -> Line:
        """Return the line of a place with a network for guests."""
        return Cafe(self.scene.internet.network())

    def working_time(self, actor: Actor, *, late: bool = False) -> float:
        """Return a time of the coming hours at which somebody works, or late in the evening."""
        local = (self.scene.now / HOUR + actor.zone) % 24
        begin = 19.5 if late else actor.hours.begin + 0.5
        wait = (begin - local) % 24 + self.chance.random() * (3.5 if late else 6.5)
        return self.scene.now + wait * HOUR

    def within(self, actor: Actor) -> list[Folder]:
        """Return what an account can open: its haunts and its department."""
        known = [folder for haunt in actor.haunts for folder in haunt.below()]
        return list(dict.fromkeys([*known, *self.scene.department_of(actor), *self.scene.shared]))

    def secret(self) -> list[Folder]:
        """Return the folders whose content hurts; never none."""
        folders = [one for one in self.scene.tree.folders if one.secret and one.files]
        return folders or [one for one in self.scene.tree.folders if one.files][:3]

    def files(self, folders: Sequence[Folder], number: int) -> list[File]:
        """Choose files: whole folders one after the other, as one who does not choose does."""
        chosen: list[File] = []
        for folder in self.chance.shuffled(list(folders)):
            chosen += folder.files[: number - len(chosen)]
            if len(chosen) >= number:
                break
        return chosen

    def scattered(self, folders: Sequence[Folder], number: int) -> list[File]:
        """Choose files here and there, as one who searches does."""
        return self.chance.some([file for folder in folders for file in folder.files], number)

    def read(self, hand: Hand, files: Sequence[File], verb: str, gap: float) -> Script:
        """Read files one after the other."""
        for file in files:
            if file.at >= 0:
                hand.read(verb, file)
                yield self.scene.now + self.chance.heavy(gap, 1.0)

    def days_until(self, fraction: float) -> int:
        """Return how many days are left until a share of the history has passed."""
        return max(2, int(self.scene.calendar.days * fraction - self.scene.now / DAY))


TOOLS = (
    "python-requests/2.31.0",
    "axios/1.6.2",
    "Go-http-client/2.0",
    "rclone/v1.65.0",
    "curl/8.4.0",
    "okhttp/4.12.0",
)

Incident = Callable[[Case], Script]
