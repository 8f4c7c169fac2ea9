"""THE CLOCK. The program's own work: opens years, reminds, escalates, raises vetoes, notes stale scores, seals, sends.

What lives here: the daemon (tick after tick, without memory), the rounds (submit the commands that are due), and two
ways to run a year on a virtual clock: `forecast.py` rehearses it on a copy of the database, without people;
`simulation.py` runs it with the commands of people, for the sample college and the stories of `scenarios/`.

Not here: the rules of deadlines (`states/deadlines/reminders.py`), the recipients of notices (`notifications`).
Read `daemon.py`, then `rounds.py`.
"""
