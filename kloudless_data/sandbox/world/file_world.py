"""The world of a storage account: a tree of folders and files, and how people work in it."""

from __future__ import annotations

import random
from typing import Any

from .names import CUSTOMERS, FILES, FOLDERS, SUBFOLDERS, WORKING_FILES
from .people import Person
from .randomness import rng_of
from .timetext import DAY
from .world import CREATED, ID, MODIFIED, Item, Json, Step, Thing, World

__all__ = ["fill", "metadata_of", "user_of"]

_SHARED_FILES = 150
_FAVOURITES = 22
_WORKING_FILES = 24
#: Services whose own documents have no size.
_NATIVE = "application/vnd.google-apps"


def fill(world: World, start: int) -> None:
    """Create the folders, the files, and everybody's habits with them.

    Parameters
    ----------
    world : World
        The world to fill.
    start : int
        Microseconds since 1970, the start of the history.
    """
    rng = rng_of(world.seed, "files", world.account)
    folders = _make_folders(world, rng, start)
    shared = _make_shared_files(world, rng, folders, start)
    for actor, person in enumerate(world.people):
        home = next(f for f in folders if f.extra.get("home") == person.number)
        elsewhere = [folder for folder in folders if folder is not home]
        _habits_with_shared_files(world, rng, shared, actor)
        for number in range(_WORKING_FILES):
            _working_file(world, rng, actor, home, rng.choice(elsewhere), number, start)


def _make_folders(world: World, rng: random.Random, start: int) -> list[Thing]:
    """Create the shared tree, three levels deep, and a folder for each person."""
    folders: list[Thing] = []

    def make(name: str, parent: Thing | None, owner: Person, **extra: Any) -> Thing:
        created = start - rng.randrange(200 * DAY, 900 * DAY)
        folder = world.add(
            "folder", name, owner, created, parent=parent and parent.slot, extra=extra
        )
        folders.append(folder)
        return folder

    for name in FOLDERS:
        top = make(name, None, rng.choice(world.people))
        for below in rng.sample(SUBFOLDERS, rng.randrange(2, 5)):
            middle = make(below, top, top.owner)
            if rng.random() < 0.25:
                make(rng.choice(CUSTOMERS), middle, rng.choice(world.people))
    people = make("Team", None, world.people[0])
    for person in world.people:
        make(person.name, people, person, home=person.number)
    return folders


def _fill_in(name: str, rng: random.Random, person: Person) -> str:
    """Return a name with its placeholders filled in."""
    return name.format(
        year=rng.choice((2024, 2025, 2026)),
        quarter=rng.randrange(1, 5),
        number=rng.randrange(1000, 9999),
        customer=rng.choice(CUSTOMERS),
        person=person.name,
    )


def _size(world: World, rng: random.Random, usual: int | None, mime_type: str) -> int | None:
    """Return a size near the usual one, or None for Google's own documents."""
    if usual is None or mime_type.startswith(_NATIVE):
        return None if world.service.name == "gdrive" else rng.randrange(9_000, 90_000)
    return int(usual * rng.lognormvariate(0, 0.5)) + 1


def _make_shared_files(
    world: World, rng: random.Random, folders: list[Thing], start: int
) -> list[Thing]:
    """Create files that predate the history and stay; a few are at the root."""
    files: list[Thing] = []
    taken: set[tuple[int | None, str]] = set()
    while len(files) < _SHARED_FILES:
        pattern, mime_type, usual = rng.choice(FILES)
        at_root = len(files) < 6
        if at_root and usual is None:
            continue
        owner = rng.choice(world.people)
        parent = None if at_root else rng.choice(folders).slot
        name = _fill_in(pattern, rng, rng.choice(world.people))
        if (parent, name) in taken:
            continue
        taken.add((parent, name))
        created = start - rng.randrange(2 * DAY, 190 * DAY)
        files.append(
            world.add(
                "file",
                name,
                owner,
                created,
                parent=parent,
                mime_type=mime_type,
                size=_size(world, rng, usual, mime_type),
            )
        )
    return files


def _habits_with_shared_files(
    world: World, rng: random.Random, shared: list[Thing], actor: int
) -> None:
    """Give everybody favourites among the shared files: a few used often, most rarely."""
    # Neighbours share favourites, so that people work together.
    pool = shared[actor * 12 :] + shared[: actor * 12]
    for rank, thing in enumerate(rng.sample(pool[:70], _FAVOURITES)):
        step = _step(world, thing, world.people[actor], "update", thing.name, thing.parent)
        world.items.append(Item(thing, actor, (step,), weight=max(1, 14 // (rank + 1))))


def _working_file(
    world: World,
    rng: random.Random,
    actor: int,
    home: Thing,
    target: Thing,
    number: int,
    start: int,
) -> None:
    """Write the story of a file: created, edited, perhaps renamed, moved or deleted."""
    person = world.people[actor]
    draft, final, mime_type, usual = rng.choice(WORKING_FILES)
    name, final = _fill_in(draft, rng, person), _fill_in(final, rng, person)
    # Names within a folder are unique, as in most real drives.
    stem, dot, suffix = final.rpartition(".")
    final = f"{stem} {number + 1}.{suffix}" if dot else f"{final} {number + 1}"
    thing = world.add(
        "file",
        name,
        person,
        start - rng.randrange(1, 20 * DAY),
        parent=home.slot,
        mime_type=mime_type,
        size=_size(world, rng, usual, mime_type),
        renewed=True,
    )
    steps = [
        _step(world, thing, person, rng.choice(("add", "add", "add", "copy")), name, home.slot)
    ]

    def then(kind: str, name: str, parent: int | None) -> None:
        before = _previous(world, steps[-1]) if kind in ("rename", "move") else None
        steps.append(_step(world, thing, person, kind, name, parent, before))

    for _ in range(rng.randrange(0, 3)):
        then("update", name, home.slot)
    if rng.random() < 0.55:
        name = final
        then("rename", name, home.slot)
    for _ in range(rng.randrange(1, 5)):
        then("update", name, home.slot)
    parent = home.slot
    if rng.random() < 0.6:
        parent = target.slot
        then("move", name, parent)
    if rng.random() < 0.6:
        then("delete", name, parent)
        if rng.random() < 0.25:
            then("restore", name, parent)
            then("update", name, parent)
    world.items.append(Item(thing, actor, tuple(steps), weight=rng.choice((1, 2, 2, 3, 5))))


def _step(
    world: World,
    thing: Thing,
    actor: Person,
    kind: str,
    name: str,
    parent: int | None,
    previous: Json | None = None,
) -> Step:
    metadata = metadata_of(world, thing, actor, name, parent)
    return Step(kind, metadata, previous, name, parent)


def _previous(world: World, before: Step) -> Json:
    """Return the previous state that a rename or move reports (its fields: A)."""
    return {"name": before.name, "parent": parent_of(world, before.parent)}


def parent_of(world: World, slot: int | None) -> Json:
    """Return the parent folder of a thing; Google Drive does not name it (S).

    Parameters
    ----------
    world : World
    slot : int or None
        The folder's number; None for the root folder.
    """
    if slot is None:
        return {"id": "root", "name": None}
    named = world.service.name != "gdrive"
    return {"id": world.id_of(slot), "name": world.things[slot].name if named else None}


def user_of(person: Person, *, named: bool = True) -> Json:
    """Return a person as the owner or last modifier of an object.

    Parameters
    ----------
    person : Person
        The person.
    named : bool, default True
        Include the name and the e-mail address.
    """
    user: Json = {"api": "team", "type": "user", "id": f"u{person.user_id:x}"}
    if named:
        user["name"] = person.name
    return user | {"email": person.email, "id_type": "login"}


def metadata_of(world: World, thing: Thing, actor: Person, name: str, parent: int | None) -> Json:
    """Return a file or folder in the form of the recorded event (S).

    Parameters
    ----------
    world : World
        The world to fill.
    thing : Thing
        The file or folder.
    actor : Person
        Who modified it last.
    name : str
        Its current name.
    parent : int or None
        The slot of its folder; None at the root.
    """
    service = world.service
    size: int | str | None = thing.size
    if service.text_sizes and size is not None:
        size = str(size)
    metadata: Json = {
        "id": f"F{ID}",
        "raw_id": f"1{ID}",
        "type": thing.kind,
        "name": name,
        "size": size,
        "path": None if service.name == "gdrive" else path_of(world, name, parent),
        "created": CREATED,
        "modified": MODIFIED,
        "mime_type": thing.mime_type,
        "downloadable": thing.kind == "file",
        "account": str(world.account) if service.text_account else world.account,
        "ancestors": None,
        "parent": parent_of(world, parent),
        "owner": user_of(thing.owner, named=False),
        "last_modifier": user_of(actor),
    }
    # Services occasionally omit a field (S, A): for one file in fifty each.
    if thing.slot % 50 == 7:
        del metadata["mime_type"]
    if thing.slot % 50 == 19:
        metadata["owner"] = None
    if thing.slot % 50 == 31:
        del metadata["ancestors"]
    return metadata


def path_of(world: World, name: str, parent: int | None) -> str:
    """Return the path of a name in a folder.

    Parameters
    ----------
    world : World
    name : str
    parent : int or None
        The folder's number; None for the root folder.
    """
    parts = [name]
    while parent is not None:
        folder = world.things[parent]
        parts.append(folder.name)
        parent = folder.parent
    return "/" + "/".join(reversed(parts))
