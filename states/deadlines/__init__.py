"""Deadlines: how they are computed, the reminders that the clock must record, moved deadlines, the lights of the board.

`dates.py` computes deadlines. `schedule.py` computes the reminders of one deadline. `reminders.py` and
`rectification.py` apply the schedule to assessments and to routine checks. `days.py` converts dates to times;
`reasons.py` has the reasons in the clock's commands, also about vetoes and results. Not here: sending
(`notifications/`), and the checks of new deadlines (`states/stages/deadline_checks.py`). Read `dates.py` first, then
`reminders.py`.
"""
