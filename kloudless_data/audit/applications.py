"""The developer's applications, their keys and webhooks, without secrets."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

from ..exceptions import InvalidParameter
from ..listings.secrets import mask_secrets
from ..storage.filesystem import reason
from ..text.files import check_regular

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["application_tables", "read_applications", "without_secrets"]

_TITLES = {
    "apikeys": "API keys",
    "webhooks": "Webhooks",
    "service_keys": "Service keys",
    "trusted_domains": "Trusted domains",
    "redirect_uris": "Redirect URIs",
    "fe_upload_locations": "Upload locations",
}
_TOLD = ("name", "id", "active", "created", "modified")  # columns of an application
_UNTOLD = ("api", "type", "href")  # the same in every row, or an API URL
_SECRET = ("key", "secret", "token", "password", "extra")


def read_applications(path: str | os.PathLike[str]) -> pd.DataFrame:
    """Read the output of ``kloudless-data applications list --output``.

    Parameters
    ----------
    path : str or path
        A CSV, Parquet or JSON Lines file.

    Raises
    ------
    InvalidParameter
        The file cannot be read as one of these.
    """
    import pandas as pd

    name = os.fspath(path)
    try:
        check_regular(name)
        if name.endswith((".parquet", ".pq")):
            return pd.read_parquet(name)
        if name.endswith((".jsonl", ".ndjson")):
            return pd.read_json(name, lines=True, dtype=False)
        return pd.read_csv(name, dtype=str)
    except FileNotFoundError:
        raise InvalidParameter(f"There is no file {name}. Check the name.") from None
    except (OSError, ValueError, UnicodeError) as error:
        why = reason(error) if isinstance(error, OSError) else str(error).rstrip(".")
        raise InvalidParameter(
            f"{name} is not a list of applications: {why}. Make one with kloudless-data "
            "applications list --include apikeys,webhooks --output applications.parquet."
        ) from None


def without_secrets(applications: pd.DataFrame | None) -> pd.DataFrame | None:
    """Mask or drop every secret, even inside JSON and even when the listing asked for it.

    Examples
    --------
    >>> import pandas as pd
    >>> listed = pd.DataFrame({"name": ["a"], "apikeys": ['[{"id": 1, "key": "0123456789abcd"}]']})
    >>> without_secrets(listed)["apikeys"].tolist()
    ['[{"id": 1, "key": "****abcd"}]']
    """
    if applications is None:
        return None
    kept = [str(n) for n in applications.columns if str(n).rpartition("_")[2] not in _SECRET]
    shown = applications[kept].copy()
    for name in kept:
        if shown[name].dtype == object or str(shown[name].dtype).startswith(("str", "object")):
            shown[name] = shown[name].map(_masked, na_action="ignore")
    return shown


def _masked(value: Any) -> Any:
    if not isinstance(value, str):
        return mask_secrets(value)
    if value.lstrip()[:1] in ("[", "{"):
        try:
            return json.dumps(mask_secrets(json.loads(value)), ensure_ascii=False)
        except ValueError:
            pass  # text that only begins like JSON
    return mask_secrets(value)


def application_tables(applications: pd.DataFrame) -> list[tuple[str, pd.DataFrame]]:
    """Return a table of applications, then one for each kind of thing they own.

    Parameters
    ----------
    applications : pandas.DataFrame
        From `list_applications`; see `without_secrets`.

    Returns
    -------
    list of (str, pandas.DataFrame)
        A title, and the rows.
    """
    below = [name for name in _TITLES if name in applications.columns]
    counts = [f"{name}_count" for name in below if f"{name}_count" in applications.columns]
    columns = [name for name in (*_TOLD, *counts) if name in applications.columns]
    tables = [("Applications", applications[columns])]
    for name in below:
        rows = _items(applications, name)
        if len(rows):
            tables.append((_TITLES[name], rows))
    return tables


def _items(applications: pd.DataFrame, name: str) -> pd.DataFrame:
    import pandas as pd

    owners = applications["name"] if "name" in applications.columns else applications.index
    rows = [
        {"application": owner, **{str(k): v for k, v in item.items() if k not in _UNTOLD}}
        for owner, text in zip(owners, applications[name], strict=True)
        for item in _listed(text)
    ]
    return pd.DataFrame(rows)


def _listed(text: Any) -> list[dict[str, Any]]:
    """Return the JSON objects in a column's value, ignoring anything else."""
    try:
        found = json.loads(text) if isinstance(text, str) else text
    except ValueError:
        return []
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []
