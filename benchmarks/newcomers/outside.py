"""Outsiders and programs of others: the honest and the bad look alike."""

from __future__ import annotations

from typing import NamedTuple

from .chance import Chance

__all__ = ["Program", "outsider", "program"]

_FIRMS = """
    abel arden boreal castor dorn elbe faro gala hexa ivory jade krone lumen mira nexora oltre
    pavo quantal rivale sable terra ursa voltis wega xenon yonder zinc
""".split()
_LINES = "corp labs trade law media group bau tech foods care print studio".split()
_LOCALS = """
    info office project anna j.brown m.lin sato k.meyer contact luis p.roy design tender hr sales
""".split()
_PROGRAMS = """
    Miro/Asana/DocuSign/Zoom/Slack/Figma/Backupify/Otter/Notion Sync/PDF Merge/eM Client/Calendly
    Document Viewer/Mail Upgrade/Calendar Assistant/SecureDocs/Lucid/Adobe Sign/Smartsheet/Zapier
    Grammarly/Mover/Trello Power-Up/Whimsical/Airtable/ChatDocs AI/HubSpot/Pipedrive
"""
_SCOPES = {
    "dropbox": ("files.metadata.read", "files.content.read", "files.content.write sharing.write"),
    "box": ("item_preview", "root_readonly", "root_readwrite manage_managed_users"),
    "gdrive": (
        "https://www.googleapis.com/auth/drive.file",
        "https://www.googleapis.com/auth/drive.readonly",
        "https://www.googleapis.com/auth/drive https://www.googleapis.com/auth/gmail.readonly",
    ),
    "onedrivebiz": ("Files.Read.Selected", "Files.Read", "Files.ReadWrite.All offline_access"),
}


def outsider(chance: Chance, known: list[str]) -> str:
    """Return somebody's address: of a partner, or of one of many firms met once."""
    domain = chance.early(known) if chance.yes(0.7) else _firm(chance)
    return f"{chance.choice(_LOCALS)}@{domain}"


def _firm(chance: Chance) -> str:
    return f"{chance.choice(_FIRMS)}-{chance.choice(_LINES)}.example"


class Program(NamedTuple):
    """A program to which one can consent."""

    name: str
    id: str
    scopes: list[str]


def program(chance: Chance, service: str, width: int | None = None) -> Program:
    """Draw a program that asks for little (0), all files to read (1) or everything (2)."""
    names = [name.strip() for name in _PROGRAMS.replace("\n", "/").split("/") if name.strip()]
    wide = chance.choices((0, 1, 2), (5, 4, 2))[0] if width is None else width
    name = chance.choice(names)
    return Program(name, f"app-{chance.digits(7)}", _SCOPES[service][wide].split())
