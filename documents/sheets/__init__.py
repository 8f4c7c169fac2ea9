"""Excel: reads workbooks into cells of text, each with its place, and writes workbooks.

- `reading.py`: reads a workbook into cells (`config/cells.py`), in a process of its own (`isolation.py`).
- `writing.py`: writes tables and fillable sheets. The same input gives the same bytes (`packing.py`).

Not here: what a cell means (`config/typed.py` reads numbers and days as people type them), and what a sheet is for.
"""
