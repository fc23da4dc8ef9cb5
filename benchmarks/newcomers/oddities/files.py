"""Honest oddities of files: clean-ups, migrations, conversions, campaigns."""

from __future__ import annotations

from ..case import HOUR, TOOLS, Case
from ..company import employ
from ..hand import Hand
from ..internet import DAY, Server
from ..outside import outsider, program
from ..scene import Script
from ..tree import File

__all__ = ["FILES"]


def clean_up(case: Case) -> Script:
    """Delete what is old, sometimes very much, sometimes from the bin too."""
    scene, own = case.scene, case.chance
    actor = case.person()
    yield case.working_time(actor)
    hand = case.own_hand(actor)
    old = sorted(scene.files_of(own.some(actor.haunts, 3)), key=lambda file: file.modified)
    doomed = old[: own.many(60, 1.1, 5, 2_500)]
    for file in doomed:
        hand.trash(file)
        yield scene.now + own.heavy(1.0, 1.2)
    if own.yes(0.25):
        for file in doomed[: own.many(30, 1.0)]:
            hand.purge(file)
            yield scene.now + own.heavy(0.5)
    elif own.yes(0.3):
        for file in doomed[: own.many(5, 1.0)]:
            hand.restore(file)
            yield scene.now + own.heavy(8)


def migration(case: Case) -> Script:
    """Bring in the files of an old server by a tool, over some nights."""
    scene, own = case.scene, case.chance
    admin = case.person(scene.admins)
    device = scene.shop.program(own.choice(("Mover/3.2", "CloudFuze-Agent/7", "rclone/v1.64.2")))
    if own.yes(0.6):
        case.own_hand(admin).consent("consent", *program(own, scene.service, 2))
    hand = Hand(scene, admin, Server(own.choice(scene.hosters)), device, "browser", case.label)
    parent = own.choice(scene.tops())
    for night in range(own.randint(1, 4)):
        folder = scene.tree.folder(
            f"{own.choice(('fs01', 'NAS', 'old_server', 'import'))}{night}",
            parent,
            admin,
            scene.now,
        )
        for _ in range(own.many(160, 0.9, 20, 2_500)):
            hand.upload(folder)
            yield scene.now + own.heavy(0.5, 0.8)
        yield scene.now + DAY


def merger(case: Case) -> Script:
    """Take over another firm's people: accounts, groups, shares."""
    scene, own = case.scene, case.chance
    admin = case.person(scene.admins)
    hand = case.own_hand(admin)
    for _ in range(min(25, own.many(2 + len(scene.people) / 8, 0.5))):
        actor = employ(scene, own.choice(("seller", "developer", "agent", "accountant")))
        actor.since, actor.haunts = scene.day, own.some(scene.department_of(actor), 3)
        hand.account("join", actor)
        yield scene.now + own.heavy(8)
        hand.group("group_in", actor.job.department.title(), actor)
        yield scene.now + own.heavy(5)
        for folder in actor.haunts[:2]:
            hand.share(folder, actor, "writer")
            yield scene.now + own.heavy(5)


def closing_down(case: Case) -> Script:
    """Close a department: archive its files, suspend accounts, delete the rest."""
    scene, own = case.scene, case.chance
    actor = case.person()
    yield case.working_time(actor)
    hand = case.own_hand(actor)
    archive = scene.tree.folder(
        f"Archive {own.choice(scene.tree.subjects)}", None, actor, scene.now
    )
    files = scene.files_of(own.some(scene.department_of(actor), 3))
    for file in files[: own.many(120, 1.0, 10, 2_000)]:
        hand.trash(file) if own.yes(0.25) else hand.move(file, archive)
        yield scene.now + own.heavy(0.8, 1.0)


def conversion(case: Case) -> Script:
    """Convert files to another format: add the new, delete the old."""
    scene, own = case.scene, case.chance
    actor = case.person()
    yield case.working_time(actor)
    hand = case.own_hand(actor)
    old, new = own.choice(
        (("jpg", "webp"), ("docx", "pdf"), ("png", "avif"), ("mp4", "mkv"), ("xlsx", "parquet"))
    )
    files = [one for one in scene.files_of(actor.haunts) if one.name.endswith(old)]
    for file in files[: own.many(50, 1.0, 5, 1_500)]:
        hand.upload(file.folder, f"{file.name[: -len(old)]}{new}")
        yield scene.now + own.heavy(2, 0.7)
        if own.yes(0.85):
            hand.trash(file)
            yield scene.now + own.heavy(0.6)


def renaming(case: Case) -> Script:
    """Apply a naming scheme to hundreds of files."""
    scene, own = case.scene, case.chance
    actor = case.person()
    yield case.working_time(actor)
    hand, prefix = case.own_hand(actor), own.choice(("2024_", "ARCH-", "[old] ", "P17_"))
    ending = own.choice(("", "", "", ".bak", ".old", ".done"))
    for file in case.files(actor.haunts, own.many(60, 1.0, 5, 1_200)):
        hand.rename(file, f"{file.name}{ending}" if ending else f"{prefix}{file.name}")
        yield scene.now + own.heavy(1.5, 1.1)


def protection(case: Case) -> Script:
    """Encrypt files on purpose, as a contract demands: archives with a password, GPG."""
    scene, own = case.scene, case.chance
    actor = case.person()
    yield case.working_time(actor)
    hand, ending = case.own_hand(actor), own.choice((".gpg", ".7z", ".zip", ".enc"))
    for file in case.files(own.some(actor.haunts, 2), own.many(20, 0.8, 3, 200)):
        hand.upload(file.folder, file.name + ending, int(file.size * own.uniform(0.6, 1.0)) + 1)
        yield scene.now + own.heavy(4)
        if own.yes(0.6):
            hand.trash(file)


def photos(case: Case) -> Script:
    """File the photos of an event, then open them to everybody."""
    scene, own = case.scene, case.chance
    actor = case.person()
    yield case.working_time(actor)
    hand = case.own_hand(actor)
    folder = scene.tree.folder(
        f"Photos {own.choice(scene.tree.subjects)}", scene.shared[0], actor, scene.now
    )
    for _ in range(own.many(120, 0.9, 10, 1_500)):
        hand.upload(folder, f"IMG_{own.digits(4)}.jpg")
        yield scene.now + own.heavy(1.5, 0.8)
    hand.link(folder, own.yes(0.5))


def campaign(case: Case) -> Script:
    """Publish a press kit: many public links, followed by many."""
    scene, own = case.scene, case.chance
    staff = [one for one in scene.working() if one.job.department in ("marketing", "sales")]
    actor = case.person(staff or None)
    yield case.working_time(actor)
    hand = case.own_hand(actor)
    for file in case.files(scene.department_of(actor)[1:], own.many(12, 0.9, 2, 150)):
        hand.link(file, True)
        yield scene.now + own.heavy(12, 0.9)


def access_review(case: Case) -> Script:
    """Review who may see what: end many shares and links."""
    scene, own = case.scene, case.chance
    admin = case.person(scene.admins)
    yield case.working_time(admin)
    hand = case.own_hand(admin)
    for file in own.some(scene.links, own.many(10)):
        hand.unlink(file)
        yield scene.now + own.heavy(15)
    for folder in own.some(scene.tree.folders, own.many(30, 0.8)):
        hand.unshare(folder, f"contact@{own.choice(scene.partners)}")
        yield scene.now + own.heavy(12)
    if own.yes(0.4):
        hand.setting("external sharing", "everyone", "partners")


def legal_hold(case: Case) -> Script:
    """Export somebody's or a department's files for lawyers."""
    scene, own = case.scene, case.chance
    admin = case.person(scene.admins)
    yield case.working_time(admin)
    hand = case.own_hand(admin)
    folder = own.choice([*scene.desks.values(), *scene.tops()])
    hand.share(folder, admin, "reader")
    yield scene.now + own.heavy(60, 0.8)
    yield from case.read(
        hand, folder.everything()[: own.many(250, 0.9, 10, 2_500)], "download", 0.5
    )


def restore_day(case: Case) -> Script:
    """Delete a folder by mistake and bring it back."""
    scene, own = case.scene, case.chance
    actor = case.person()
    yield case.working_time(actor)
    hand = case.own_hand(actor)
    files = list(own.choice(actor.haunts).files)[: own.many(50, 1.0, 5, 800)]
    for file in files:
        hand.trash(file)
        yield scene.now + own.heavy(0.3, 0.5)
    yield scene.now + own.heavy(2) * HOUR
    for file in files:
        hand.restore(file)
        yield scene.now + own.heavy(0.3, 0.5)


def home_post(case: Case) -> Script:
    """Send a payslip or holiday photos to one's own private address."""
    actor = case.person()
    yield case.working_time(actor)
    hand = case.own_hand(actor)
    desk = case.scene.desks.get(actor)
    for file in case.chance.some(desk.files if desk else [], case.chance.pareto(1, 1.6, 4)):
        hand.invite(file, actor.private)
        yield case.scene.now + case.chance.heavy(40)


def new_program(case: Case) -> Script:
    """Try a useful program; colleagues follow."""
    scene, own = case.scene, case.chance
    asking = program(own, scene.service)
    for actor in own.some(scene.working(), own.pareto(1, 1.0, 30)):
        case.own_hand(actor).consent("consent", *asking)
        if own.yes(0.15):
            case.own_hand(actor).consent("revoke", *asking)
        yield scene.now + own.heavy(2, 1.5) * HOUR


def integration(case: Case) -> Script:
    """Let in a program that keeps a copy of what somebody works on, from where it is hosted."""
    scene, own = case.scene, case.chance
    actor = case.person()
    asking = program(own, scene.service)
    yield case.working_time(actor)
    case.own_hand(actor).consent("consent", *asking)
    yield scene.now + own.heavy(60, 1.2)
    device = scene.shop.program(f"{asking.name.replace(' ', '')}/1.{own.randrange(9)}")
    hand = Hand(scene, actor, Server(own.choice(scene.hosters)), device, "browser", case.label)
    files = case.files(actor.haunts, own.many(60, 1.1, 5, 1_500))
    yield from case.read(hand, files, "download", own.heavy(4))
    for _ in range(own.many(8)):
        yield scene.now + own.heavy(1, 0.8) * DAY
        yield from case.read(hand, actor.recent[-own.poisson(3) - 1 :], "download", 5)


def busy_script(case: Case) -> Script:
    """Let a script of a developer fetch the same files again and again."""
    scene, own = case.scene, case.chance
    actor = case.person()
    device = scene.shop.program(own.choice(TOOLS))
    hand = Hand(scene, actor, scene.offices[actor.site], device, "browser", case.label)
    files: list[File] = own.some(actor.recent, 3)
    for _ in range(own.many(150, 1.0, 10, 2_000)):
        if files:
            hand.read("download", own.choice(files))
        yield scene.now + own.heavy(20, 0.8)


def reading_up(case: Case) -> Script:
    """Read a whole archive for a tender or an inventory, downloads included."""
    scene, own = case.scene, case.chance
    actor = case.person()
    folders = own.choice(list(scene.departments.values()))
    files = case.scattered(folders, own.many(120, 1.0, 10, 1_500))
    for part in range(0, len(files), 80):
        yield case.working_time(actor)
        verb = "download" if own.yes(0.5) else "view"
        yield from case.read(case.own_hand(actor), files[part : part + 80], verb, 12)
        yield scene.now + 8 * HOUR


def partner_round(case: Case) -> Script:
    """Send drawings or offers to many partners at once."""
    scene, own = case.scene, case.chance
    actor = case.person()
    yield case.working_time(actor)
    hand = case.own_hand(actor)
    for file in own.some(actor.recent, own.many(8, 0.9, 1, 60)):
        for _ in range(own.pareto(1, 1.3, 8)):
            hand.invite(file, outsider(own, scene.partners))
            yield scene.now + own.heavy(15)


FILES = {
    clean_up: 5, migration: 2, merger: 0.7, closing_down: 1.5, conversion: 2, renaming: 2,
    protection: 1.5, photos: 2, campaign: 2, access_review: 1.5, legal_hold: 1, restore_day: 1.5,
    home_post: 2, new_program: 3, busy_script: 1.5, integration: 2, reading_up: 3, partner_round: 3,
}  # fmt: skip
