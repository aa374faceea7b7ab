"""The look of an ag-grid: its own theme with the house's colours by their CSS names, so it follows dark and light."""

from typing import Any

GRID_THEME = (
    "themeQuartz.withParams({"
    "fontFamily: 'var(--sans)', fontSize: 13, headerFontSize: 12, headerFontWeight: 550,"
    "backgroundColor: 'var(--surface)', foregroundColor: 'var(--ink)', headerTextColor: 'var(--ink-2)',"
    "headerBackgroundColor: 'var(--surface)', chromeBackgroundColor: 'var(--surface)', borderColor: 'var(--line)',"
    "oddRowBackgroundColor: 'var(--surface)', rowHoverColor: 'color-mix(in oklab, var(--surface), var(--ink) 4%)',"
    "selectedRowBackgroundColor: 'var(--accent-soft)', accentColor: 'var(--accent)', columnBorder: false,"
    "wrapperBorder: false, wrapperBorderRadius: 0, headerColumnResizeHandleColor: 'var(--line-strong)',"
    "rowHeight: 44, headerHeight: 40, browserColorScheme: 'inherit'"
    "})"
)


def grid_options(**options: Any) -> dict[str, Any]:
    """`dashGridOptions` with the house's look."""
    return {"theme": {"function": GRID_THEME}, "suppressCellFocus": False, "animateRows": False, **options}
