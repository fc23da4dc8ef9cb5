"""Found an organisation: its sites, people, programs, guests and folders."""

from __future__ import annotations

from .chance import Chance
from .internet import DAY, Cafe, Home, Mobile, Network, Office, Pool, Server
from .people import JOBS, Actor, Hours, Job
from .scene import Scene
from .tree import Folder

__all__ = ["desk_of", "employ", "found", "guest", "program"]

# Of each department in four languages: its folder, and below it; "!" marks what is secret.
_FOLDERS = {
    "management": {
        "en": "Management; Board papers!, Strategy!, Meetings, OKRs",
        "de": "Geschäftsführung; Gesellschafter!, Strategie!, Sitzungen, Ziele",
        "es": "Dirección; Consejo!, Estrategia!, Reuniones, Objetivos",
        "fr": "Direction; Conseil!, Stratégie!, Réunions, Objectifs",
    },
    "sales": {
        "en": "Sales; Accounts, Offers, Price lists!, Pipeline, Old customers",
        "de": "Vertrieb; Kunden, Angebote, Preislisten!, Messen, Altkunden",
        "es": "Ventas; Clientes, Ofertas, Tarifas!, Ferias, Antiguos",
        "fr": "Ventes; Clients, Devis, Tarifs!, Salons, Anciens",
    },
    "finance": {
        "en": "Finance; Payroll!, Invoices, Tax!, Month end, Bank!",
        "de": "Buchhaltung; Gehälter!, Rechnungen, Steuer!, Abschluss, Bank!",
        "es": "Finanzas; Nóminas!, Facturas, Impuestos!, Cierre, Bancos!",
        "fr": "Comptabilité; Salaires!, Factures, Impôts!, Clôture, Banque!",
    },
    "people": {
        "en": "HR; Personnel files!, Applicants!, Onboarding, Policies",
        "de": "Personal; Personalakten!, Bewerbungen!, Einarbeitung, Richtlinien",
        "es": "RRHH; Expedientes!, Candidatos!, Acogida, Políticas",
        "fr": "RH; Dossiers du personnel!, Candidatures!, Accueil, Règlement",
    },
    "engineering": {
        "en": "Engineering; Design docs, Releases, Credentials!, Measurements, Archive",
        "de": "Entwicklung; Entwürfe, Freigaben, Zugangsdaten!, Messungen, Archiv",
        "es": "Ingeniería; Diseños, Versiones, Credenciales!, Medidas, Archivo",
        "fr": "Ingénierie; Conception, Versions, Identifiants!, Mesures, Archives",
    },
    "marketing": {
        "en": "Marketing; Campaigns, Brand, Photos, Press, Website",
        "de": "Marketing; Kampagnen, Marke, Fotos, Presse, Webseite",
        "es": "Marketing; Campañas, Marca, Fotos, Prensa, Web",
        "fr": "Marketing; Campagnes, Marque, Photos, Presse, Site",
    },
    "operations": {
        "en": "Operations; Sites, Drawings, Suppliers, Safety, Delivery",
        "de": "Betrieb; Baustellen, Zeichnungen, Lieferanten, Sicherheit, Lieferung",
        "es": "Operaciones; Obras, Planos, Proveedores, Seguridad, Entregas",
        "fr": "Exploitation; Chantiers, Plans, Fournisseurs, Sécurité, Livraisons",
    },
    "support": {
        "en": "Support; Tickets, Knowledge base, Customer data!, Rosters",
        "de": "Kundendienst; Fälle, Wissen, Kundendaten!, Dienstpläne",
        "es": "Soporte; Casos, Conocimiento, Datos de clientes!, Turnos",
        "fr": "Assistance; Dossiers, Savoir, Données clients!, Plannings",
    },
    "legal": {
        "en": "Legal; Contracts!, Litigation!, NDA, Templates",
        "de": "Recht; Verträge!, Streitfälle!, NDA, Vorlagen",
        "es": "Legal; Contratos!, Litigios!, NDA, Plantillas",
        "fr": "Juridique; Contrats!, Contentieux!, NDA, Modèles",
    },
}
_COMMON = {"en": "Company", "de": "Allgemein", "es": "Común", "fr": "Commun"}
_PERSONAL = {"en": "Home", "de": "Benutzer", "es": "Usuarios", "fr": "Utilisateurs"}
_MIXES = {"marketing": "design", "operations": "build", "engineering": "code", "finance": "numbers"}
_ZONES = (-8.0, -5.0, -3.0, 0.0, 1.0, 1.0, 1.0, 2.0, 3.0, 5.5, 8.0, 9.0, 10.0)
_NOBODY = Job("none", 0.0, {"view": 1.0})
_ALL_DAY = Hours(0.0, 24.0, frozenset(range(7)))


def found(scene: Scene, size: int) -> None:
    """Found an organisation of so many people."""
    chance = scene.chance
    scene.hosters = scene.internet.networks(5)
    _open_offices(scene, size)
    carriers, homes = scene.internet.networks(3), scene.internet.networks(2 + len(scene.offices))
    scene.partners = [f"{name}.example" for name in chance.sample(_PARTNERS, chance.randint(2, 9))]
    roster = _jobs(chance, size)
    for job in roster:
        employ(scene, job, carriers, homes)
    scene.admins = scene.people[: 1 + size // 40 + chance.randrange(2)]
    for one in scene.admins:
        one.admin = True
    _build_folders(scene)
    for one in scene.people:
        desk_of(scene, one)
        _settle(scene, one)
    for _ in range(chance.poisson(size / 12)):
        guest(scene)
    for _ in range(chance.poisson(1 + size / 25)):
        _leave_unused(scene)
    _stock(scene)


_PARTNERS = """
    auditmind brightline-media cargozen delta-law eastgate-press fluxbau gridnord holm-partner
    indigo-tax juno-studio kappa-consult lakeside-it moto-parts nordhaus
""".split()


def _open_offices(scene: Scene, size: int) -> None:
    """Open one to five sites, in some organisations none, and a VPN in half of them."""
    chance, internet = scene.chance, scene.internet
    number = 1 + min(4, chance.poisson(size / 70))
    for _ in range(number):
        scene.offices.append(Office(chance, internet.network(), internet.network()))
    base = chance.choice(_ZONES)
    scene.zones = [base] + [
        base if chance.yes(0.5) else chance.choice(_ZONES) for _ in range(number - 1)
    ]
    for _ in range(number):
        free = {chance.randrange(scene.calendar.days) for _ in range(chance.randint(1, 4))}
        scene.calendar.holidays.append(free | _winter(scene))
    if chance.yes(0.5):
        exits = [chance.choice(scene.hosters).four(7) for _ in range(chance.randint(1, 4))]
        scene.vpn = Pool(chance, exits, 10 * 3600)


def _winter(scene: Scene) -> set[int]:
    """Return the days around the turn of the year."""
    days = range(scene.calendar.days)
    dates = {day: scene.calendar.date(day) for day in days}
    return {day for day, d in dates.items() if (d.month, d.day) in {(12, 25), (12, 26), (1, 1)}}


def _jobs(chance: Chance, size: int) -> list[str]:
    """Draw jobs; each organisation has an emphasis, and somebody manages it."""
    weights = {name: weight * chance.heavy(1, 0.7) for name, (weight, _) in JOBS.items()}
    return ["manager", *chance.choices(list(weights), list(weights.values()), k=size - 1)]


def employ(
    scene: Scene,
    job: str,
    carriers: list[Network] | None = None,
    homes: list[Network] | None = None,
) -> Actor:
    """Employ somebody, with devices and lines; one in ten is a contractor."""
    chance, internet = scene.chance, scene.internet
    carriers, homes = carriers or internet.networks(1), homes or internet.networks(1)
    own = Chance(chance.random(), job, len(scene.people))
    site = own.early(range(len(scene.offices)), 1.6)
    zone = scene.zones[site] if own.yes(0.94) else own.choice(_ZONES)
    actor = Actor(
        *scene.namer.identity(), "person" if own.yes(0.9) else "contractor", JOBS[job][1], own,
        Hours.draw(own, job, 0.6), zone, min(12.0, own.heavy(0.75, 0.75)),
    )  # fmt: skip
    actor.site, actor.remote = site, own.choice((0.0, 0.1, 0.3, 0.45, 0.6, 1.0))
    actor.computers = [scene.shop.computer() for _ in range(2 if own.yes(0.15) else 1)]
    actor.phone = scene.shop.phone() if own.yes(0.7) else None
    actor.home, actor.mobile = Home(own, own.choice(homes)), Mobile(own, own.choice(carriers))
    actor.vpn = _own_vpn(scene, own)
    actor.phones, actor.clumsy = min(0.7, own.heavy(0.07)), min(0.4, own.heavy(0.03))
    actor.private = scene.namer.private(actor.name)
    if actor.kind == "contractor":
        _limit(scene, actor)
    _plan_absences(scene, actor)
    _plan_trips(scene, actor)
    scene.people.append(actor)
    return actor


def _limit(scene: Scene, actor: Actor) -> None:
    """Give a contractor a contract that begins or ends, at other desks than the office's."""
    own, days = actor.chance, scene.calendar.days
    actor.remote = own.choice((0.5, 0.9, 1.0, 1.0))
    if own.yes(0.3):
        actor.since = scene.day + own.uniform(0, days)
    if own.yes(0.4):
        actor.until = max(actor.since, scene.day) + own.uniform(5, days)


def _plan_trips(scene: Scene, actor: Actor) -> None:
    """Let one in ten travel all the time, and others rarely."""
    own, days = actor.chance, scene.calendar.days
    for _ in range(own.poisson(days / (14 if own.yes(0.1) else 220))):
        line, first = Cafe(scene.internet.network()), own.randrange(days)
        zone = actor.zone if own.yes(0.7) else own.choice(_ZONES)
        for day in range(first, first + own.pareto(1, 1.2, 15)):
            actor.trips[day] = (line, zone)


def _own_vpn(scene: Scene, own: Chance) -> Pool | None:
    """Give few people a subscription to a commercial VPN, with exits at hosting providers."""
    if not own.yes(0.05):
        return None
    exits = [own.choice(scene.hosters).four() for _ in range(own.randint(5, 40))]
    return Pool(own, exits)


def _plan_absences(scene: Scene, actor: Actor) -> None:
    """Plan holidays, sickness, and rarely a long leave."""
    own, days = actor.chance, scene.calendar.days
    for _ in range(own.poisson(days / 70)):
        first = own.randrange(days)
        actor.away.update(range(first, first + own.choice((1, 2, 5, 7, 9, 14, 21))))
    for _ in range(own.poisson(days / 80)):
        first = own.randrange(days)
        actor.away.update(range(first, first + min(40, own.pareto(1, 1.2))))
    if own.yes(0.02):
        first = own.randrange(-60, days)
        actor.away.update(range(first, first + own.randint(40, 120)))


def _build_folders(scene: Scene) -> None:
    """Build the tree: departments, things below them, projects, the common folder."""
    chance, tree, chief = scene.chance, scene.tree, scene.people[0]
    staffed = {one.job.department for one in scene.people} | {"finance"}
    for department, names in _FOLDERS.items():
        if department not in staffed and not chance.yes(0.4):
            continue
        top, _, below = names[scene.language].partition("; ")
        heads = [one for one in scene.people if one.job.department == department] or [chief]
        root = tree.folder(top, None, chance.choice(heads), -chance.uniform(300, 900) * DAY)
        root.mix = _MIXES.get(department, "")
        folders = [root]
        for name in below.split(", "):
            made = tree.folder(name.rstrip("!"), root, root.owner, root.created)
            made.secret = name.endswith("!")
            folders += [made, *_years(scene, made)]
        scene.departments[department] = folders
    common = tree.folder(_COMMON[scene.language], None, chief, -900 * DAY)
    scene.shared = [common]
    for _ in range(2 + len(scene.people) // 6):
        scene.shared.append(project(scene, chance.choice(scene.people)))


def _years(scene: Scene, parent: Folder) -> list[Folder]:
    """Make folders of years or customers below a folder."""
    chance = scene.chance
    names = ["2022", "2023", "2024"] if chance.yes(0.4) else chance.sample(_PROJECTS, 3)
    kept = names[: chance.randrange(4)]
    return [scene.tree.folder(name, parent, parent.owner, parent.created) for name in kept]


_PROJECTS = """
    Aurora Birch Cobalt Delta-9 Ember Falcon Granite Harbour Iris Juniper Kite Lotus Meridian
    Nimbus Onyx Pilot Quartz Raven Summit Tundra
""".split()


def project(scene: Scene, owner: Actor) -> Folder:
    """Make a project's folder, for people of several departments."""
    name = f"{scene.chance.choice(_PROJECTS)} {scene.chance.randrange(1, 99)}"
    return scene.tree.folder(name, scene.shared[0], owner, scene.now)


def desk_of(scene: Scene, actor: Actor) -> Folder:
    """Return somebody's own folder; make it at first."""
    if actor not in scene.desks:
        roots = [one for one in scene.tree.folders if one.name == _PERSONAL[scene.language]]
        root = roots[0] if roots else None
        if root is None:
            root = scene.tree.folder(_PERSONAL[scene.language], None, scene.people[0], -900 * DAY)
        scene.desks[actor] = scene.tree.folder(actor.name, root, actor, scene.now - DAY)
    return scene.desks[actor]


def _settle(scene: Scene, actor: Actor) -> None:
    """Choose what somebody works on: most in own folders, some in projects, little elsewhere."""
    own = actor.chance
    department = own.some(scene.department_of(actor), own.randint(2, 7))
    projects = own.some(scene.shared, 1 + own.poisson(1.3))
    actor.haunts = own.shuffled([desk_of(scene, actor), *department, *projects])
    if own.yes(0.25):
        actor.haunts += own.choice(list(scene.departments.values()))[:2]


def guest(scene: Scene, domain: str | None = None) -> Actor:
    """Let somebody of a partner in, with a folder or two."""
    chance = scene.chance
    own = Chance(chance.random(), "guest", len(scene.guests))
    job = JOBS[own.choice(list(JOBS))][1]
    identity = scene.namer.identity(domain or own.choice(scene.partners))
    hours = Hours(own.gauss(9, 1), 8.0, frozenset(range(5)))
    actor = Actor(
        *identity, "guest", job, own, hours, own.choice(_ZONES), min(4.0, own.heavy(0.15, 1.0)),
    )  # fmt: skip
    network = scene.internet.network()
    actor.home, actor.mobile = Home(own, network), Cafe(network)
    actor.computers, actor.remote = [scene.shop.computer(client=False)], 1.0
    actor.haunts = own.some(scene.shared[1:], own.randint(1, 2)) or scene.shared[:1]
    _plan_absences(scene, actor)
    scene.guests.append(actor)
    return actor


def program(scene: Scene, name: str, agent: str, hosted: bool) -> Actor:
    """Set up a service account."""
    own = Chance(scene.chance.random(), name)
    actor = Actor(*scene.namer.identity(name=name), "program", _NOBODY, own, _ALL_DAY)
    network = own.choice(scene.hosters)
    actor.home = Server(network) if own.yes(0.6) else Pool(own, [network.four() for _ in range(12)])
    if not hosted:
        actor.home = scene.offices[0]
    actor.computers = [scene.shop.program(agent)]
    scene.programs.append(actor)
    return actor


def _leave_unused(scene: Scene) -> None:
    """Leave an account which nobody has used for a long time."""
    own = Chance(scene.chance.random(), "unused", len(scene.unused))
    job = JOBS[own.choice(list(JOBS))][1]
    actor = Actor(*scene.namer.identity(), "unused", job, own, _ALL_DAY, pace=0.0)
    actor.home, actor.mobile = Home(own, scene.internet.network()), None
    actor.computers = [scene.shop.computer()]
    actor.haunts = own.some(scene.department_of(actor), 4)
    scene.unused.append(actor)


def _stock(scene: Scene) -> None:
    """Fill the folders with what has gathered over years; few folders have most files."""
    chance = scene.chance
    for folder in list(scene.tree.folders):
        owners = [folder.owner, *chance.some(scene.people, 3)]
        number = chance.many(14, 1.1, 0, 1_500)
        for age in sorted((chance.expovariate(1 / 300) for _ in range(number)), reverse=True):
            file = scene.tree.file(folder, chance.early(owners), -age * DAY)
            if chance.yes(0.4):
                file.modified = -age * chance.random() * DAY
                file.last = chance.choice(owners)
    for one in scene.people:
        files = [file for folder in one.haunts for file in folder.files[-30:]]
        one.recent = one.chance.some(files, 25)
