"""How far something is, as a bar with its number."""

from dash import html
from dash.development.base_component import Component

from dashboard.components.attributes import aria
from models.queries.jobs import JobRow


def progress_bar(share: float, failed_share: float = 0.0, *, label: str, running: bool = False) -> Component:
    """A bar filled to `share` (0 to 1, failures included), its failed end hatched; `label` names it to a reader."""
    share, failed_share = min(max(share, 0.0), 1.0), min(max(failed_share, 0.0), 1.0)
    good = max(share - failed_share, 0.0)
    told = aria(label=label, valuenow=percent_number(share), valuemin="0", valuemax="100")
    track = html.Div(
        [
            html.Span(className="running" if running else "ok", style={"width": f"{good:.2%}"}),
            html.Span(className="failed", style={"width": f"{failed_share:.2%}"}),
        ],
        className="track",
        role="progressbar",
        **told,
    )
    return html.Div([track, html.Span(percent(share))], className="progress-line")


def job_bar(row: JobRow) -> Component:
    """How far a job is, wherever one stands in a list: its captures that are through, or its stages if it has none.

    The list of jobs draws the same (assets/js/grid.js).
    """
    is_running = row.finished_at is None
    if not row.total:
        return progress_bar(row.progress, label=f"Progress of {row.name}", running=is_running)
    share, failed = (row.processed + row.failed) / row.total, row.failed / row.total
    return progress_bar(share, failed, label=f"Captures of {row.name} that are through", running=is_running)


def percent_number(share: float) -> str:
    """Whole percent; 100 only for all of it and 0 only for nothing."""
    if 0 < share < 0.01:
        return "1"
    return str(99 if 0.99 < share < 1 else round(share * 100))


def percent(share: float) -> str:
    return f"{percent_number(share)} %"
