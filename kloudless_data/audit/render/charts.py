"""Charts, made with Altair, as SVG in the page's colours."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

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


def activity_chart(days: pd.DataFrame, marked: pd.DataFrame | None = None) -> str:
    """Return events per day as bars.

    Parameters
    ----------
    days : pandas.DataFrame
        As in `Profile`.
    marked : pandas.DataFrame, optional
        ``day`` (ISO 8601) and ``findings``: days to mark above their bar.
    """
    import altair as alt

    daily = days.groupby("day", as_index=False)["events"].sum()
    daily["day"] = daily["day"].astype(str).str.slice(0, 10)
    chart: Any = alt.Chart(daily).mark_bar(color=ACCENT, width={"band": 0.8})
    chart = chart.encode(x=_days_axis("%d %b %Y"), y=alt.Y("events:Q", title="events a day"))
    busiest = daily.loc[daily["events"].idxmax()]
    told = f"Events a day; most, {busiest.events:,}, on {busiest.day}."
    if marked is not None and len(marked):
        there = marked.merge(daily, on="day", how="left").fillna({"events": 0})
        points = alt.Chart(there).mark_point(
            shape="triangle-down", filled=True, size=70, yOffset=-9, color=ALARM, opacity=1
        )
        chart = chart + points.encode(x=_days_axis("%d %b %Y"), y="events:Q")
        told += f" {len(marked)} days with findings of high or medium severity are marked."
    return _svg(chart, 150, f"Activity over time. {told}")


def _days_axis(format: str) -> Any:
    import altair as alt

    axis = alt.Axis(format=format, labelAngle=0, labelOverlap=True, grid=False, tickCount=8)
    return alt.X("day:T", timeUnit="utcyearmonthdate", title=None, axis=axis)


def kinds_chart(kinds: pd.DataFrame) -> str:
    """Return events of each kind as bars."""
    import altair as alt

    # A kind is the server's word: no control characters in a label, as everywhere on the page.
    top = kinds.head(15).assign(kind=lambda frame: frame["kind"].astype(str).map(one_line))
    chart = (
        alt.Chart(top)
        .mark_bar(color=ACCENT, height={"band": 0.7})
        .encode(
            x=alt.X("events:Q", title="events"),
            y=alt.Y("kind:N", sort=None, title=None, axis=alt.Axis(labelLimit=150)),
        )
    )
    return _svg(chart, 20 * max(2, len(top)), "Events of each kind; the table says the same.")


def hours_chart(hours: pd.DataFrame) -> str:
    """Return the 168 hours of a week as a heat map."""
    import altair as alt

    shown = hours.assign(day=[WEEKDAYS[day] for day in hours["weekday"]])
    top = max(1, int(shown["events"].max()))
    # Six steps by square root: quiet hours differ as visibly as busy ones.
    shown["step"] = ((shown["events"] / top) ** 0.5 * 5).round().astype(int)
    chart = (
        alt.Chart(shown)
        .mark_rect(stroke=WASH, strokeWidth=1.5)
        .encode(
            x=alt.X("hour:O", title="hour (UTC)", axis=alt.Axis(labelAngle=0)),
            y=alt.Y("day:O", sort=list(WEEKDAYS), title=None),
            color=alt.Color("step:O", scale=alt.Scale(domain=list(range(6)), range=_HEAT),
                            legend=None),
        )
    )  # fmt: skip
    busiest = shown.loc[shown["events"].idxmax()]
    told = f"Busiest: {busiest.day} {busiest.hour}:00 UTC, {busiest.events:,} events."
    return _svg(chart, 150, f"Events by weekday and hour. {told}")


def finding_chart(series: pd.DataFrame, start: Any, end: Any) -> str:
    """Return somebody's events per day, with a finding's evidence set apart.

    Parameters
    ----------
    series : pandas.DataFrame
        ``day``, ``events``, ``evidence``.
    start, end : datetime
        The finding's period, which marks a silence, since it has no evidence.
    """
    import altair as alt
    import pandas as pd

    days = series["day"].astype(str).str.slice(0, 10)
    other = pd.DataFrame({"day": days, "events": series["events"] - series["evidence"], "part": 0})
    found = pd.DataFrame({"day": days, "events": series["evidence"], "part": 1})
    stacked = pd.concat([other, found])
    bars = (
        alt.Chart(stacked[stacked["events"] > 0])
        .mark_bar(width={"band": 0.8})
        .encode(
            x=_days_axis("%d %b"),
            y=alt.Y("events:Q", title="events a day", axis=alt.Axis(tickCount=3)),
            color=alt.Color("part:O", legend=None,
                            scale=alt.Scale(domain=[0, 1], range=[ACCENT, ALARM])),
            order=alt.Order("part:O", sort="descending"),
        )
    )  # fmt: skip
    told = f"Events a day, {days.iloc[0]} to {days.iloc[-1]}; most {series['events'].max():,}. "
    if series["evidence"].sum():
        told += f"Evidence: {series['evidence'].sum():,} events, {str(start)[:10]}."
        return _svg(bars, 90, told)
    span = pd.DataFrame({"start": [_utc(start)], "end": [_utc(end)]})
    band = alt.Chart(span).mark_rect(color=ALARM, opacity=0.18)
    band = band.encode(x=alt.X("start:T", timeUnit="utcyearmonthdatehours"), x2="end:T")
    told += f"Marked: {str(start)[:10]} to {str(end)[:10]}."
    return _svg(band + bars, 90, told)


def _utc(time: Any) -> str:
    """Return a time that no machine's own time zone shifts."""
    return f"{time:%Y-%m-%dT%H:%M:%SZ}"


def _svg(chart: Any, height: int, label: str) -> str:
    """Return a chart as reproducible SVG, with a name for people who cannot see it."""
    import html

    import vl_convert

    sized = chart.properties(width=_WIDTH, height=height, background="transparent").configure(
        font="system-ui, sans-serif"
    )
    sized = sized.configure_view(stroke=None).configure_axis(
        labelColor=INK, titleColor=INK, gridColor=FAINT, domainColor=FAINT, tickColor=FAINT,
        labelFontSize=11, titleFontSize=11, titleFontWeight="normal",
    )  # fmt: skip
    svg = vl_convert.vegalite_to_svg(sized.to_dict())
    size = re.search(r'<svg[^>]*width="([\d.]+)"[^>]*height="([\d.]+)"', svg)
    inner = svg[svg.index(">") + 1 : svg.rindex("</svg>")]
    # Vega describes each mark for screen readers; one name for the whole chart is easier to follow.
    inner = re.sub(r' (?:aria-[a-z]+|role)="[^"]*"', "", inner)
    inner = re.sub(r"<title>.*?</title>", "", inner, flags=re.DOTALL)
    # Vega gives each kind of mark only a class, which nothing here uses.
    inner = re.sub(r' (?:class|pointer-events)="[^"]*"', "", inner)
    width, tall = (size[1], size[2]) if size else (str(_WIDTH), str(height))
    return (
        f'<svg class="chart" role="img" aria-label="{html.escape(label)}" '
        f'viewBox="0 0 {width} {tall}" xmlns="http://www.w3.org/2000/svg">{inner}</svg>'
    )
