"""The things in an account, and the stories of what happens to them.

A `Thing` has an identity (a file, a meeting, a contact). An `Item` is one person's work on one
thing: a story of steps that the person repeats. When a `renewed` story ends, it restarts with a new
thing of the same name: next week's report.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from .people import Person
from .randomness import key_of, mix, unmix
from .services import Service

__all__ = ["CREATED", "GENERATION_BITS", "ID", "MODIFIED", "Item", "Json", "Step", "Thing", "World"]

Json = dict[str, Any]

#: Placeholders in an object for the parts that vary between events. They are from Unicode's private
#: use area, so that no name contains them by accident.
ID, CREATED, MODIFIED = "\ue001", "\ue002", "\ue003"

GENERATION_BITS = 36


@dataclass(slots=True)
class Thing:
    """An object with an identity.

    Attributes
    ----------
    slot
        Its number within the account.
    parent
        The slot of the folder it is in; None at the root, and where there are no folders.
    created
        The creation time, in microseconds since 1970; for a renewed thing, the time of its first
        event.
    extra
        Details specific to this kind of thing.
    """

    slot: int
    kind: str
    name: str
    owner: Person
    created: int
    parent: int | None = None
    size: int | None = None
    mime_type: str | None = None
    renewed: bool = False
    extra: Json = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Step:
    """One event of a story.

    Attributes
    ----------
    kind
        A key of `vocabulary.KINDS`.
    metadata
        The object as the event shows it, with the placeholders `ID`, `CREATED` and `MODIFIED`.
    previous
        The object's previous state, if it was renamed or moved.
    name, parent
        The thing's name and folder afterwards.
    """

    kind: str
    metadata: Json
    previous: Json | None
    name: str
    parent: int | None


@dataclass(frozen=True, slots=True)
class Item:
    """One person's work on one thing.

    Attributes
    ----------
    actor
        An index into the account's people.
    weight
        Its number of occurrences in one round of the person's activity.
    """

    thing: Thing
    actor: int
    steps: tuple[Step, ...]
    weight: int


@dataclass(slots=True)
class World:
    """The world of one account: its people, its things, and what people do with them."""

    seed: int
    account: int
    service: Service
    people: list[Person]
    things: list[Thing] = field(default_factory=list)
    items: list[Item] = field(default_factory=list)
    #: The key that scrambles the identifiers of this account's things.
    key: int = field(init=False)

    def __post_init__(self) -> None:
        self.key = key_of(self.seed, "things", self.account)

    def add(self, kind: str, name: str, owner: Person, created: int, **details: Any) -> Thing:
        """Create a thing.

        Parameters
        ----------
        kind : str
            The kind of thing, such as ``"file"``.
        name : str
            Its name.
        owner : Person
            Its owner.
        created : int
            Microseconds since 1970.
        **details
            Other fields of the `Thing`.
        """
        thing = Thing(len(self.things), kind, name, owner, created, **details)
        self.things.append(thing)
        return thing

    def uid(self, slot: int, generation: int = 0) -> int:
        """Return the 64-bit identity of a thing.

        Parameters
        ----------
        slot : int
            The thing's number in the account.
        generation : int, default 0
            Which successor of a renewed thing, from 0.
        """
        return mix((slot << GENERATION_BITS | generation) ^ self.key)

    def id_of(self, slot: int, generation: int = 0) -> str:
        """Return a thing's identifier in the API.

        Parameters
        ----------
        slot : int
            The thing's number in the account.
        generation : int, default 0
            Which successor of a renewed thing, from 0.
        """
        return f"F{self.uid(slot, generation):016x}"

    def find(self, identifier: str) -> tuple[Thing, int] | None:
        """Return the thing and the generation for an identifier."""
        digits = identifier[1:]
        if identifier[:1] != "F" or len(digits) != 16 or set(digits) - set("0123456789abcdef"):
            return None
        slot, generation = divmod(unmix(int(digits, 16)) ^ self.key, 1 << GENERATION_BITS)
        if slot >= len(self.things) or (generation and not self.things[slot].renewed):
            return None
        return self.things[slot], generation
