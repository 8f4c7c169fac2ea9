"""THE CLOCK. What happens unasked: reminders, escalations, vetoes, stale scores.

Here live the rounds (what is due -> Engine.submit) and the rehearsal (a year on a virtual clock). Not here: when
a deadline is due (`states/deadlines.py`), who hears of it (`notifications`). The stories that test the rules are
lived by the same rounds: `story.py` reads one, `scenario.py` lives it, `expectations.py` compares. Read `rounds.py`
first.
"""
