"""The JSON API under `/api/v1`, for the college's other systems. It has the same rules, views and engine as the pages.

Each noun has a file with its router and models (`units.py`, `assessments.py`, `results.py`, `to_dos.py`, `entries.py`,
`commands.py`). `dependencies.py` finds the caller of each request, limits their rate and checks their views.
`errors.py` has the errors, `problems.py` answers them, `monitor.py` counts the requests. `models.py` describes the
commands of `states/`. `app.py` puts the parts together. Not here: sessions of browsers, pages, rules, and acts that
need a person (`commands.FOR_PERSONS`). Read `commands.py` first; docs/api.md is for callers.
"""
