"""THE FIGURES. How fast the house is, against the plain driver, in one interleaved run: `python -m benchmarks`.

`ledgers.py` makes ledgers of any size out of sample years, `places.py` the databases they lie in, `raw.py` is the
ceiling, `racing.py` lets it and the engine take turns, `replaying.py` does the same for the replay, `anatomy.py`
says where one submit's time goes. `README.md` has the figures and how to read them. Nothing imports this.
"""
