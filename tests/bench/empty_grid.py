"""A Dash page with one grid and nothing else, for the page of jobs to be measured against; gunicorn imports it."""

import dash_ag_grid
from dash import Dash
from flask_compress import Compress

COLUMNS = [f"column {number}" for number in range(11)]  # as many as the page of jobs has on a wide screen
ROWS = 100

app = Dash(__name__)
app.layout = dash_ag_grid.AgGrid(
    columnDefs=[{"field": name} for name in COLUMNS],
    rowData=[{name: f"{name} of row {row}" for name in COLUMNS} for row in range(ROWS)],
)
server = app.server
server.config["COMPRESS_ALGORITHM"] = ["br", "gzip"]
Compress(server)
