"""Extensions that people give files: of formats in common use, and of backups."""

from __future__ import annotations

import re

from .kinds import listed

__all__ = ["BACKUPS", "COMMON_FORMATS", "DATES", "ENCRYPTED", "is_common", "is_ordinary"]

#: Formats of documents, pictures, sound, video, archives, data and source text, as IANA's list of
#: media types (https://www.iana.org/assignments/media-types) and the Library of Congress' format
#: descriptions (https://www.loc.gov/preservation/digital/formats) list them. Meaningless
#: extensions, such as ``bin`` and ``dat``, and those of encrypted files are left out.
COMMON_FORMATS = frozenset(
    """
    doc docx docm dot dotx odt ott rtf txt md markdown rst tex pages pdf ps xps epub mobi
    xls xlsx xlsm xlsb xlt xltx ods csv tsv numbers
    ppt pptx pptm pps ppsx pot potx odp key vsd vsdx odg one
    eml msg ics vcf
    jpg jpeg jpe png gif bmp tif tiff webp heic heif avif svg ico psd ai eps indd raw cr2 nef dng
    mp3 m4a aac wav flac ogg oga opus wma aif aiff mid
    mp4 m4v mov avi mkv webm wmv mpg mpeg 3gp
    zip gz tgz tar bz2 xz zst 7z rar
    json jsonl xml yaml yml toml ini cfg conf log sql db sqlite parquet avro feather
    html htm css js ts jsx tsx py ipynb r java c h cpp hpp cs go rs rb php sh ps1 bat swift kt
    dwg dxf step stp stl obj skp ttf otf woff woff2 shp kml geojson gdoc gsheet gslides
    """.split()
)


#: What people and programs append to files that they keep, replace, or are done with:
#: - ``orig`` and ``bak``: GNU patch and its SIMPLE_BACKUP_SUFFIX
#:   (https://www.gnu.org/software/diffutils/manual/html_node/Backup-Names.html)
#: - ``completed``: Apache Flume's spooling directory; ``done``: Apache Camel's files
#:   (https://flume.apache.org/FlumeUserGuide.html, https://camel.apache.org/components/file-component.html)
#: - ``old``, ``backup``, ``bkp`` and ``save``: a poll of what people use
#:   (https://bagustris.blogspot.com/2025/01/a-proposal-for-file-extension-of-back.html)
#: - the others: habits of which no list was found.
BACKUPS = frozenset(
    "bak orig old backup bkp save sav completed done processed archive archived tmp temp".split()
)
#: Dates and years, as logrotate appends them (its ``dateformat``), and as people write them; a
#: pattern for a whole extension.
DATES = (
    r"(19|20)\d\d([-_]?(0[1-9]|1[0-2])([-_]?(0[1-9]|[12]\d|3[01])([t_-]?\d{4,6}z?)?)?)?"
    r"|[0-3]?\d[-_][0-3]?\d[-_](19|20)?\d\d"
)
#: Extensions that say that files are encrypted, as many families of ransomware do; a pattern for a
#: whole extension. The words, and the names of families, are from Splunk's list
#: (``ransomware_extensions.csv``, https://github.com/splunk/security_content) and CISA's advisories
#: on LockBit and Akira (https://www.cisa.gov/stopransomware). Left out are those of programs that
#: people encrypt with (``gpg``, ``axx``, ``aes``, ``enc``), and ``lock``, which many programs use.
ENCRYPTED = (
    r"(?:[^./ ]*(?:encrypt|crypted|ciphered|ransom|encedfile|locked|yourfiles)[^./ ]*"
    r"|[^./ ]{0,8}crypt[oz]?|cryp1|crypz|crypt38|lockbit|locky|lock93|8lock8|filock"
    r"|cerber[0-9]?|wn?cryt?|wnry|ryk|zepto|akira)"
)
_BACKUP = re.compile(rf"({'|'.join(sorted(BACKUPS))})\d*|{DATES}")


def is_common(extension: str) -> bool:
    """Return True if an extension belongs to a format in common use, or to a backup.

    Examples
    --------
    >>> is_common("webp"), is_common("lockbit"), is_common("dat")
    (True, False, False)
    >>> is_common("bak2"), is_common("2026-03-01"), is_common("a2026")
    (True, True, False)
    """
    found = extension.lower()
    return found in COMMON_FORMATS or _BACKUP.fullmatch(found) is not None


def is_ordinary(ending: str) -> str:
    """Return the SQL condition that `is_common` holds for a lower-case extension.

    Parameters
    ----------
    ending : str
        An SQL expression.
    """
    return (
        f"({ending} in {listed(tuple(sorted(COMMON_FORMATS)))} "
        f"or regexp_full_match({ending}, '{_BACKUP.pattern}'))"
    )
