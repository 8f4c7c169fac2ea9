"""DEFAULTS. The content of an act that nobody wrote: everything is done, today, and as well as it can be.

What lives here: one module for each kind of content; `scene.py` has the circumstances of an act, `acts.py` makes its
command. Stories use them for the fields that they leave out, a year under any rulebook (`demo/any_rulebook/`) for those
that it does not vary.

Not here: which act comes next (`scenarios/walk.py`), and who does it. Read `acts.py` first.
"""
