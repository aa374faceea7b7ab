"""Reports: figures of a choice of stations and nights, each with a caption, every number with a way back.

`counts` turns rows into tables of numbers, `figures` draws them, `report` joins both with captions; `paper` and `web`
make one PDF and one HTML file of the whole.
"""
