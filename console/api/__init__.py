"""The JSON API, `/api/v1`: the same law, views and engine as the pages, for the college's other systems.

`calls.py` is the table of what may be called, each a plain function of its visit; `openapi.py` describes the same table, and
its types are those of the commands (`asked.py`) and of the answers (`answers.py`). `door.py` is HTTP: the token, the rate, the
errors (`problems.py`). docs/api.md is for those who call.
"""
