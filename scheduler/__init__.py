"""THE CLOCK. What happens unasked: the year's opening, reminders, escalations, vetoes, stale scores, seals, the post.

Here live the daemon (one tick after the other, nothing remembered), the rounds (what is due -> Engine.submit), and a year
on a virtual clock: rehearsed on a copy (`forecast.py`) or lived with people in it (`rehearsal.py`). Not here: when a deadline is
due (`states/deadlines/reminders.py`), who hears of it (`notifications`). The stories that test
the rules (`scenarios/`) are lived by the same rounds. Read `daemon.py`, then `rounds.py`.
"""
