"""What to try, in the words of the command line."""

from __future__ import annotations

from collections.abc import Mapping

from ..credentials.kinds import API_KEY, TOKEN
from ..exceptions import Remedy

__all__ = ["COMMAND_LINE"]

#: Only the remedies that differ from Python's.
COMMAND_LINE: Mapping[Remedy, str] = {
    Remedy.CHECK_CREDENTIAL: (
        "Check the token or API key: it may be mistyped, expired, revoked, or made for another "
        "server than --base-url."
    ),
    Remedy.SLOW_DOWN: "Wait before trying again.",
    Remedy.CHECK_SERVER: (
        "Check that --base-url names the right server and port, and that the server is running."
    ),
    Remedy.RAISE_READ_TIMEOUT: "Try again; the server may be slow.",
    Remedy.RAISE_TOTAL_TIMEOUT: "Try again; the server or the network may be slow.",
    Remedy.RAISE_BODY_LIMIT: (
        "If the answer is meant to be this large, read it in Python with a larger "
        "configuration['max_body_bytes']."
    ),
    Remedy.TRUST_CERTIFICATE: (
        "Check --base-url; for a private certificate authority set REQUESTS_CA_BUNDLE to its file."
    ),
    Remedy.WITH_TLS: "Start --base-url with https://.",
    Remedy.PLAIN_HTTP: "Check the port, or start --base-url with http://.",
    Remedy.SET_SERVER: (
        "Sign in with `kloudless-data login`, give --base-url, set KLOUDLESS_BASE_URL, or try "
        "`kloudless-data sandbox`."
    ),
    Remedy.REPLACE_OUTPUT: "Choose another name with --output, or replace it with --force.",
    Remedy.RESUME_OUTPUT: "Continue it with --resume, or start again with --force.",
    Remedy.RESUME_EXPORT: "Continue with the same command and --resume.",
    Remedy.RESTART_EXPORT: "Start again with --force and without --resume.",
    Remedy.NAME_ACCOUNT: (
        "Name it with --account; `kloudless-data accounts list` lists the accounts."
    ),
    Remedy.MAKE_ARCHIVE: "Make one with `kloudless-data archive sync`.",
    Remedy.MAKE_SNAPSHOT: "Make one with `kloudless-data access snapshot`.",
    Remedy.NAME_REPORT: (
        "Use a name that ends in .html, .md, .xlsx or .json, or choose one with --format."
    ),
    Remedy.NAME_LOG: "Name one with --log-format, or describe yours: see docs/logs.md.",
    Remedy.IMPORT_LOG: (
        "If it is a service's own log, make events of it first: `kloudless-data logs import FILE "
        "--output activity.parquet`."
    ),
    Remedy.TAKE_FOR_META_TOKEN: ("Sign in with --kind meta-token, or pass it as --meta-token -."),
    Remedy.SAY_MOVED: (
        "If the server moved, say so once with `kloudless-data {command} PATH --moved`; else use "
        "another folder."
    ),
    Remedy.NAME_FORMAT: "Use --format {format}, or a name that ends in {ending}.",
    Remedy.CHECK_API: (
        "Check that --base-url names a Kloudless API server; if it does, try again."
    ),
    Remedy.TRUST_SERVER: "If you trust that server, name it with --base-url.",
    Remedy.CHECK_PAGING: "Check --next-page and --page-parameter.",
    Remedy.SEE_UNCHANGED: "In Python, account.raw(…) returns the answer unchanged.",
    Remedy.NAME_ITEM: (
        "Name its id, as `kloudless-data folder list` shows it, or its location, and --account if "
        "there are several."
    ),
    Remedy.WRITE_REVIEW: (
        "Write one with `kloudless-data access review PATH --output review.xlsx`."
    ),
    Remedy.KEEP_GOING: "Try again, or keep what can be read with --keep-going.",
    Remedy.OTHER_PROFILE: ("Choose another with --profile; `kloudless-data profiles` lists them."),
    Remedy.PASS_CREDENTIAL: (
        "Sign in with `kloudless-data login`, set "
        f"{TOKEN.variable} or {API_KEY.variable}, or use --token - or --api-key - for a prompt."
    ),
}
