"""Charts, made once with Altair, as SVG that takes the page's colours."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["activity_chart", "finding_chart", "hours_chart", "kinds_chart"]

# Colours that stand for those of the page's style sheet, where `[fill="#010101"]` and the like
# give each its real value, in light and in dark.
INK, FAINT, ACCENT, ALARM = "#010101", "#020202", "#030303", "#040404"
_WIDTH = 680
_HEAT = [f"#0501{step:02x}" for step in range(6)]


def activity_chart(days: pd.DataFrame) -> str:
    """Return events a day as bars; `days` as in `Profile`."""
    import altair as alt

    daily = days.groupby("day", as_index=False)["events"].sum()
    daily["day"] = daily["day"].astype(str).str.slice(0, 10)
    chart = (
        alt.Chart(daily)
        .mark_bar(color=ACCENT, width={"band": 0.8})
        .encode(
            x=alt.X("day:T", timeUnit="utcyearmonthdate", title=None,
                    axis=alt.Axis(format="%d %b %Y", labelAngle=0, labelOverlap=True)),
            y=alt.Y("events:Q", title="events a day"),
        )
    )  # fmt: skip
    busiest = daily.loc[daily["events"].idxmax()] if len(daily) else None
    told = (
        f"Events a day; most, {busiest.events:,}, on {busiest.day}." if busiest is not None else ""
    )
    return _svg(chart, 150, f"Activity over time. {told}")


def kinds_chart(kinds: pd.DataFrame) -> str:
    """Return events of each kind as bars."""
    import altair as alt

    top = kinds.head(15)
    chart = (
        alt.Chart(top)
        .mark_bar(color=ACCENT, height={"band": 0.7})
        .encode(x=alt.X("events:Q", title="events"), y=alt.Y("kind:N", sort=None, title=None))
    )
    return _svg(chart, 20 * max(2, len(top)), "Events of each kind; the table says the same.")


def hours_chart(hours: pd.DataFrame) -> str:
    """Return the 168 hours of a week as a heat map."""
    import altair as alt

    names = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
    shown = hours.assign(day=[names[day] for day in hours["weekday"]])
    top = max(1, int(shown["events"].max()))
    # Six steps by square root: quiet hours differ as visibly as busy ones.
    shown["step"] = ((shown["events"] / top) ** 0.5 * 5).round().astype(int)
    chart = (
        alt.Chart(shown)
        .mark_rect()
        .encode(
            x=alt.X("hour:O", title="hour (UTC)", axis=alt.Axis(labelAngle=0)),
            y=alt.Y("day:O", sort=list(names), title=None),
            color=alt.Color("step:O", scale=alt.Scale(domain=list(range(6)), range=_HEAT),
                            legend=None),
        )
    )  # fmt: skip
    busiest = shown.loc[shown["events"].idxmax()]
    told = f"Busiest: {busiest.day} {busiest.hour}:00 UTC, {busiest.events:,} events."
    return _svg(chart, 150, f"Events by weekday and hour. {told}")


def finding_chart(series: pd.DataFrame, start: Any, end: Any, label: str) -> str:
    """Return somebody's events a day, those days marked that a finding is of."""
    import altair as alt

    shown = series.assign(day=series["day"].astype(str).str.slice(0, 10))
    first, last = str(start)[:10], str(end)[:10]
    shown["marked"] = (shown["day"] >= first) & (shown["day"] <= last)
    chart = (
        alt.Chart(shown)
        .mark_bar(width={"band": 0.8})
        .encode(
            x=alt.X("day:T", timeUnit="utcyearmonthdate", title=None,
                    axis=alt.Axis(format="%d %b", labelAngle=0, labelOverlap=True)),
            y=alt.Y("events:Q", title="events a day", axis=alt.Axis(tickCount=3)),
            color=alt.condition("datum.marked", alt.value(ALARM), alt.value(ACCENT)),
        )
    )  # fmt: skip
    return _svg(chart, 90, label)


def _svg(chart: Any, height: int, label: str) -> str:
    """Return a chart as SVG: the same for the same chart, named for who cannot see it."""
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
    # Vega describes each mark for screen readers; one name for the whole is easier to listen to.
    inner = re.sub(r' (?:aria-[a-z]+|role)="[^"]*"', "", inner)
    inner = re.sub(r"<title>.*?</title>", "", inner, flags=re.DOTALL)
    width, tall = (size[1], size[2]) if size else (str(_WIDTH), str(height))
    return (
        f'<svg class="chart" role="img" aria-label="{html.escape(label)}" '
        f'viewBox="0 0 {width} {tall}" xmlns="http://www.w3.org/2000/svg">{inner}</svg>'
    )
