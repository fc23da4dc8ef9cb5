"""Events whose every text attacks the program that shows it."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import pandas as pd

from kloudless_data import audit
from kloudless_data.audit.provenance import Input
from kloudless_data.sandbox.organisation import Organisation

RUN = "window.ran=1"
HOSTILE = (
    f"<script>{RUN}</script></script></style></title></svg>]]>--><svg onload={RUN}><img src=x "
    f"onerror={RUN}>\"'`onmouseover={RUN} {{{{7*7}}}}{{% x %}}\u202e\x1b[2J|[a](javascript:{RUN})"
    "![b](http://evil.example/x)&#60;<!--"
)


def hostile_events() -> pd.DataFrame:
    """Return events with attacks in every text except event ids and half of the kinds."""
    frame = Organisation(seed=9, people=12, days=30, incidents=["mass_deletion"]).frame()
    for name in frame.columns:
        texts = frame[name].dtype == "str" or frame[name].dtype == object
        if (
            texts
            and name not in ("id", "account", "type", "extra", "user_email")
            and (not name.startswith("event_"))
        ):
            frame[name] = HOSTILE
    frame["user_email"] = frame["user_email"].where(frame.index % 2 == 0, HOSTILE)
    frame["account"] = HOSTILE
    # v1's word takes precedence over v2's.
    frame["type"] = frame["event_type"].where(~frame["event_type"].eq("update"), HOSTILE)
    return frame


@cache
def hostile_report() -> audit.Report:
    """Return a report with further attacks in rules, applications, servers and inputs.

    Tests must not change it.
    """
    braces = HOSTILE.replace("{", "{{").replace("}", "}}")  # a rule's sentence is a format
    own = audit.SqlRule(
        label=HOSTILE,
        query="select event_id from activity where kind = 'delete' limit 40",
        sentence=braces + " {person}",
        severity="high",
    )
    items = [{"id": 1, "key": HOSTILE, "name": HOSTILE, HOSTILE: HOSTILE}]
    applications = pd.DataFrame(
        {"name": [HOSTILE], "id": [HOSTILE], "active": [True],
         "apikeys": [pd.Series(items).to_json(orient="records")], "webhooks": ["[" + HOSTILE]}
    )  # fmt: skip
    made = audit.report(
        hostile_events(), rules=[*audit.RULES, own], title=HOSTILE, applications=applications,
        client=HOSTILE, prepared_by=HOSTILE, classification=HOSTILE, period=HOSTILE, date=HOSTILE,
        dismissed=[audit.Mark(HOSTILE, HOSTILE, rule="mass_deletion")], progress=False,
    )  # fmt: skip
    return replace(
        made,
        servers=[HOSTILE],
        inputs=[Input(HOSTILE, "0" * 64, HOSTILE)],
        conditions={HOSTILE: HOSTILE},
        completeness=made.completeness.assign(reason=HOSTILE),
    )
