"""Names of folders, files, meetings and customers.

Like names in ordinary drives, some contain quotes, accents, other scripts, emoji, a leading "=" or
markup, and programs that show or export them have to cope.
"""

from __future__ import annotations

__all__ = ["CUSTOMERS", "FILES", "FOLDERS", "MEETINGS", "SUBFOLDERS", "WORKING_FILES"]

FOLDERS = (
    "Finance",
    "Projects",
    "People & Culture",
    "Marketing",
    "Legal",
    "Engineering",
    "Kunden – DACH",
    "共有資料",
    "Ventes (Québec)",
    "Board",
)
SUBFOLDERS = ("2024", "2025", "2026", "Archive", "Drafts", "Q1", "Templates", "Für Prüfung")

#: Name, MIME type and usual size in bytes (None if the service does not say).
FILES: tuple[tuple[str, str, int | None], ...] = (
    (
        "Budget {year}.xlsx",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        48_000,
    ),
    (
        "Forecast Q{quarter} {year}.xlsx",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        96_000,
    ),
    ("Contract - {customer}.pdf", "application/pdf", 310_000),
    ("Invoice {number}.pdf", "application/pdf", 84_000),
    (
        "Meeting notes {customer}.docx",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        22_000,
    ),
    ("Roadmap {year}", "application/vnd.google-apps.presentation", None),
    ("Onboarding checklist", "application/vnd.google-apps.document", None),
    ("Team offsite 🎉 photos.zip", "application/zip", 9_400_000),
    ("logo_final_FINAL (2).png", "image/png", 140_000),
    (
        "Präsentation Müller & Söhne.pptx",
        "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        2_600_000,
    ),
    ("売上 {year}年Q{quarter}.csv", "text/csv", 61_000),
    ("=SUM test sheet.csv", "text/csv", 1_900),
    ('"Quoted" title, v{number}.txt', "text/plain", 3_100),
    ("Résumé {person}.pdf", "application/pdf", 120_000),
    ("pricing <draft> & notes.md", "text/markdown", 5_200),
    ("service.log", "text/plain", 730_000),
    ("backup-{year}-{number}.tar.gz", "application/gzip", 18_000_000),
    ("design system.fig", "application/octet-stream", 4_100_000),
    (
        "@team rota.xlsx",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        17_000,
    ),
    ("договор {number}.pdf", "application/pdf", 205_000),
    ("Interview - {person}.m4a", "audio/mp4", 12_500_000),
    ("config.json", "application/json", 900),
    (
        "Security review {year}.docx",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        64_000,
    ),
    ("Org chart", "application/vnd.google-apps.drawing", None),
)

#: Recurring documents: working name, final name, MIME type, size.
WORKING_FILES: tuple[tuple[str, str, str, int | None], ...] = (
    ("Untitled document", "Weekly report - {person}", "application/vnd.google-apps.document", None),
    (
        "Draft proposal {customer}.docx",
        "Proposal {customer} v2.docx",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        37_000,
    ),
    ("export.csv", "Pipeline export {customer}.csv", "text/csv", 240_000),
    ("Scan_{number}.pdf", "Signed NDA {customer}.pdf", "application/pdf", 510_000),
    ("IMG_{number}.jpg", "Whiteboard {number}.jpg", "image/jpeg", 2_300_000),
    ("New Text Document.txt", "todo - {person}.txt", "text/plain", 1_200),
    (
        "Book1.xlsx",
        "Expenses {person}.xlsx",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        29_000,
    ),
    (
        "deck.pptx",
        "Kick-off {customer} (final).pptx",
        "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        3_300_000,
    ),
    ("Screenshot {number}.png", "Bug {number} – écran.png", "image/png", 420_000),
)

MEETINGS = (
    "Weekly team sync",
    "1:1 {person}",
    "Stand-up",
    "Sprint planning",
    "Demo & retro",
    "Call with {customer}",
    "Interview: {person}",
    "Déjeuner d'équipe",
    "Budget review Q{quarter}",
    "予算会議",
    "Board preparation",
    "Dentist",
    "🎂 {person}",
    "On-call hand-over",
    "All hands {year}",
    "Contract negotiation {customer}",
)

CUSTOMERS = (
    "Brightwater Ltd",
    "Müller & Söhne",
    "Nordlys AS",
    "Casa Verde",
    "Hokusai K.K.",
    "O'Connell Freight",
    "Zenith GmbH",
    "Atelier Ménard",
    "Blue Heron LLC",
    "Kadıköy Tekstil",
    'Vantage "V" Partners',
    "Sólheimar",
    "Łódź Logistics",
    "Red Maple Inc.",
)
