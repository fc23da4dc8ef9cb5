"""Events whose every text is an attack on who shows it."""

from __future__ import annotations

import pandas as pd

from kloudless_data.sandbox.organisation import Organisation

HOSTILE = (
    "<script>alert(1)</script><img src=x onerror=alert(2)>\"'{{7*7}}\u202e\x1b[2J|[a](javascript:b)"
)


def hostile_events() -> pd.DataFrame:
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
    return frame
