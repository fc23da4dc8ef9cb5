"""Extensions of formats in common use, to which files are converted."""

from __future__ import annotations

__all__ = ["COMMON_FORMATS", "is_common"]

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


def is_common(extension: str) -> bool:
    """Return True if an extension belongs to a format in common use.

    Examples
    --------
    >>> is_common("webp"), is_common("lockbit"), is_common("dat")
    (True, False, False)
    """
    return extension.lower() in COMMON_FORMATS
