"""THE FIGURES. The speed of the program, compared with the plain driver in one interleaved run: `python -m benchmarks`.

`ledgers.py` makes ledgers of any size from sample years, `places.py` makes their databases, `raw.py` is the ceiling,
`racing.py` lets the engine and the ceiling take turns, `replaying.py` does the same for the replay, and `anatomy.py`
measures the parts of one submit. Six more programs have their own command: `bundling.py` (bundles), `documents.py` (many
documents), `reckoning.py` (a result), `searching.py` (a search), `serving.py` (the web pages) and `ticking.py` (the
daemon). `README.md` has the figures and explains them. No module of the program imports this.
"""
