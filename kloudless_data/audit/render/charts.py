"""Charts as SVG in the page's colours.

They are Vega-Lite specifications. Altair would write the same ones, but takes two seconds to import
and checks each of them against their schema, which is longer than drawing it.
"""

from __future__ import annotations

import json
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from ...text.counts import count
from ...util import one_line

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["WEEKDAYS", "activity_chart", "finding_chart", "hours_chart", "kinds_chart"]

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")

# Placeholder colours: the page's style sheet gives each its real value, in light and in dark, by
# `[fill="#010101"]` and the like.
INK, FAINT, ACCENT, ALARM, WASH = "#010101", "#020202", "#030303", "#040404", "#060606"
_WIDTH = 680
_HEAT = [f"#0501{step:02x}" for step in range(6)]
_CONFIG = {
    "font": "system-ui, sans-serif",
    "view": {"stroke": None},
    "axis": {
        "labelColor": INK, "titleColor": INK, "gridColor": FAINT, "domainColor": FAINT,
        "tickColor": FAINT, "labelFontSize": 11, "titleFontSize": 11, "titleFontWeight": "normal",
    },
}  # fmt: skip


def activity_chart(days: pd.DataFrame, marked: pd.DataFrame | None = None) -> str:
    """Return events per day as bars.

    Parameters
    ----------
    days : pandas.DataFrame
        As in `Profile`.
    marked : pandas.DataFrame, optional
        ``day`` (ISO 8601) and ``findings``: days to mark above their bar.
    """
    daily = days.groupby("day", as_index=False)["events"].sum()
    daily["day"] = daily["day"].astype(str).str.slice(0, 10)
    day = _days_axis("%d %b %Y")
    layers = [
        _layer(
            daily,
            {"type": "bar", "color": ACCENT, "width": {"band": 0.8}},
            x=day,
            y={"field": "events", "type": "quantitative", "title": "events a day"},
        )
    ]
    busiest = daily.loc[daily["events"].idxmax()]
    caption = f"Events a day; most, {busiest.events:,}, on {busiest.day}."
    if marked is not None and len(marked):
        there = marked.merge(daily, on="day", how="left").fillna({"events": 0})
        triangle = {
            "type": "point", "shape": "triangle-down", "filled": True, "size": 70, "yOffset": -9,
            "color": ALARM, "opacity": 1,
        }  # fmt: skip
        layers.append(_layer(there, triangle, x=day, y={"field": "events", "type": "quantitative"}))
        caption += f" {len(marked)} days with findings of high or medium severity are marked."
    return _svg(layers, 150, f"Activity over time. {caption}")


def _days_axis(format: str) -> dict[str, Any]:
    return {
        "field": "day",
        "type": "temporal",
        "timeUnit": "utcyearmonthdate",
        "title": None,
        "axis": {
            "format": format, "labelAngle": 0, "labelOverlap": True, "labelSeparation": 14,
            "grid": False, "tickCount": 8,
        },
    }  # fmt: skip


def kinds_chart(kinds: pd.DataFrame) -> str:
    """Return events of each kind as bars."""
    # A kind is the server's word: no control characters in a label, as everywhere on the page.
    top = kinds.head(15).assign(kind=lambda frame: frame["kind"].astype(str).map(one_line))
    layer = _layer(
        top[["kind", "events"]],
        {"type": "bar", "color": ACCENT, "height": {"band": 0.7}},
        x={"field": "events", "type": "quantitative", "title": "events"},
        y={"field": "kind", "type": "nominal", "sort": None, "title": None,
           "axis": {"labelLimit": 150}},
    )  # fmt: skip
    return _svg([layer], 20 * max(2, len(top)), "Events of each kind; the table says the same.")


def hours_chart(hours: pd.DataFrame) -> str:
    """Return the 168 hours of a week as a heat map."""
    shown = hours.assign(day=[WEEKDAYS[day] for day in hours["weekday"]])
    top = max(1, int(shown["events"].max()))
    # Six steps by square root: quiet hours differ as visibly as busy ones.
    shown["step"] = ((shown["events"] / top) ** 0.5 * 5).round().astype(int)
    layer = _layer(
        shown[["hour", "day", "step"]],
        {"type": "rect", "stroke": WASH, "strokeWidth": 1.5},
        x={"field": "hour", "type": "ordinal", "title": "hour (UTC)", "axis": {"labelAngle": 0}},
        y={"field": "day", "type": "ordinal", "sort": list(WEEKDAYS), "title": None},
        color={"field": "step", "type": "ordinal", "legend": None,
               "scale": {"domain": list(range(6)), "range": _HEAT}},
    )  # fmt: skip
    busiest = shown.loc[shown["events"].idxmax()]
    caption = f"Busiest: {busiest.day} {busiest.hour}:00 UTC, {count(busiest.events, 'event')}."
    return _svg([layer], 150, f"Events by weekday and hour. {caption}")


def finding_chart(series: pd.DataFrame, start: Any, end: Any) -> str:
    """Return somebody's events per day, with a finding's evidence set apart.

    Parameters
    ----------
    series : pandas.DataFrame
        ``day``, ``events``, ``evidence``.
    start, end : datetime
        The finding's period, which marks a silence, since it has no evidence.
    """
    import pandas as pd

    days = series["day"].astype(str).str.slice(0, 10)
    other = pd.DataFrame({"day": days, "events": series["events"] - series["evidence"], "part": 0})
    found = pd.DataFrame({"day": days, "events": series["evidence"], "part": 1})
    stacked = pd.concat([other, found])
    bars = _layer(
        stacked[stacked["events"] > 0],
        {"type": "bar", "width": {"band": 0.8}},
        x=_days_axis("%d %b"),
        y={"field": "events", "type": "quantitative", "title": "events a day",
           "axis": {"tickCount": 3}},
        color={"field": "part", "type": "ordinal", "legend": None,
               "scale": {"domain": [0, 1], "range": [ACCENT, ALARM]}},
        order={"field": "part", "type": "ordinal", "sort": "descending"},
    )  # fmt: skip
    caption = f"Events a day, {days.iloc[0]} to {days.iloc[-1]}; most {series['events'].max():,}. "
    if series["evidence"].sum():
        caption += f"Evidence: {count(series['evidence'].sum(), 'event')}, {str(start)[:10]}."
        return _svg([bars], 90, caption)
    band = _layer(
        pd.DataFrame({"start": [_utc(start)], "end": [_utc(end)]}),
        {"type": "rect", "color": ALARM, "opacity": 0.18},
        x={"field": "start", "type": "temporal", "timeUnit": "utcyearmonthdatehours"},
        x2={"field": "end"},
    )
    caption += f"Marked: {str(start)[:10]} to {str(end)[:10]}."
    return _svg([band, bars], 90, caption)


def _utc(time: Any) -> str:
    """Return a time that no machine's own time zone shifts."""
    return f"{time:%Y-%m-%dT%H:%M:%SZ}"


def _layer(rows: pd.DataFrame, mark: dict[str, Any], **encoding: dict[str, Any]) -> dict[str, Any]:
    """Return one layer of a specification."""
    return {"data": {"values": rows.to_dict("records")}, "mark": mark, "encoding": encoding}


def _svg(layers: list[dict[str, Any]], height: int, label: str) -> str:
    """Return a chart as reproducible SVG, with a name for people who cannot see it."""
    import html

    content = layers[0] if len(layers) == 1 else {"layer": layers}
    specification = {
        "width": _WIDTH,
        "height": height,
        "background": "transparent",
        "config": _CONFIG,
        **content,
    }
    size, inner = _drawn(json.dumps(specification))
    width, tall = size or (str(_WIDTH), str(height))
    return (
        f'<svg class="chart" role="img" aria-label="{html.escape(label)}" '
        f'viewBox="0 0 {width} {tall}" xmlns="http://www.w3.org/2000/svg">{inner}</svg>'
    )


# Drawing is a third of the time of a page, which a notebook shows and a program then saves.
@lru_cache(maxsize=256)  # a page of all findings that are shown in full; 20 kB each
def _drawn(specification: str) -> tuple[tuple[str, str] | None, str]:
    """Return a drawing's width and height, if it says them, and what is in its ``<svg>``."""
    import vl_convert

    svg = vl_convert.vegalite_to_svg(specification)
    size = re.search(r'<svg[^>]*width="([\d.]+)"[^>]*height="([\d.]+)"', svg)
    inner = svg[svg.index(">") + 1 : svg.rindex("</svg>")]
    # Vega describes each mark for screen readers; one name for the whole chart is easier to follow.
    inner = re.sub(r' (?:aria-[a-z]+|role)="[^"]*"', "", inner)
    inner = re.sub(r"<title>.*?</title>", "", inner, flags=re.DOTALL)
    # Vega gives each kind of mark only a class, which nothing here uses.
    inner = re.sub(r' (?:class|pointer-events)="[^"]*"', "", inner)
    return (size[1], size[2]) if size else None, inner
