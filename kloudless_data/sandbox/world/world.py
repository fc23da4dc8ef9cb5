"""What there is to act upon in an account, and what tends to happen to it.

A `Thing` is something with an identity (a file, a meeting, a contact). An `Item` is one person's
dealings with one thing: a story of steps which that person goes through again and again. When a
`renewed` story has ended it starts anew with a new thing of the same name: next week's report.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from .people import Person
from .randomness import key_of, mix, unmix
from .services import Service

__all__ = ["CREATED", "GENERATION_BITS", "ID", "MODIFIED", "Item", "Json", "Step", "Thing", "World"]

Json = dict[str, Any]

#: Stand in an object for what differs from event to event. They are from Unicode's private use
#: area, so that no name has them by accident.
ID, CREATED, MODIFIED = "\ue001", "\ue002", "\ue003"

GENERATION_BITS = 36


@dataclass(slots=True)
class Thing:
    """Something with an identity.

    Attributes
    ----------
    slot
        Its number within the account.
    parent
        The slot of the folder it is in; None at the root, and where there are no folders.
    created
        When, in microseconds since 1970; a renewed thing's time of creation is its first event's.
    extra
        What only this sort of thing has.
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
        A word of `vocabulary.KINDS`.
    metadata
        The object as the event shows it, with `ID`, `CREATED` and `MODIFIED` where they go.
    previous
        What the object was before, if it was renamed or moved.
    name, parent
        What the thing is called and where it is afterwards.
    """

    kind: str
    metadata: Json
    previous: Json | None
    name: str
    parent: int | None


@dataclass(frozen=True, slots=True)
class Item:
    """One person's dealings with one thing.

    Attributes
    ----------
    actor
        An index into the account's people.
    weight
        How often it comes up in one round of all that the person does.
    """

    thing: Thing
    actor: int
    steps: tuple[Step, ...]
    weight: int


@dataclass(slots=True)
class World:
    """All of one account: its people, its things, and what people do with them."""

    seed: int
    account: int
    service: Service
    people: list[Person]
    things: list[Thing] = field(default_factory=list)
    items: list[Item] = field(default_factory=list)
    #: What the identifiers of this account's things are scrambled with.
    key: int = field(init=False)

    def __post_init__(self) -> None:
        self.key = key_of(self.seed, "things", self.account)

    def add(self, kind: str, name: str, owner: Person, created: int, **details: Any) -> Thing:
        """Make a thing."""
        thing = Thing(len(self.things), kind, name, owner, created, **details)
        self.things.append(thing)
        return thing

    def uid(self, slot: int, generation: int = 0) -> int:
        """Return the 64-bit identity of a thing."""
        return mix((slot << GENERATION_BITS | generation) ^ self.key)

    def id_of(self, slot: int, generation: int = 0) -> str:
        """Return the identifier which the API shows."""
        return f"F{self.uid(slot, generation):016x}"

    def find(self, identifier: str) -> tuple[Thing, int] | None:
        """Return the thing, and which generation of it, that an identifier stands for."""
        digits = identifier[1:]
        if identifier[:1] != "F" or len(digits) != 16 or set(digits) - set("0123456789abcdef"):
            return None
        slot, generation = divmod(unmix(int(digits, 16)) ^ self.key, 1 << GENERATION_BITS)
        if slot >= len(self.things) or (generation and not self.things[slot].renewed):
            return None
        return self.things[slot], generation
