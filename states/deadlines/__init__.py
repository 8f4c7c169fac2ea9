"""Until when something is due, and what the clock owes by it: dates, the schedule of reminders, the lights of the board. Pure, on civil dates.

Nothing is sent here (`notifications/`). Read `dates.py`, then `reminders.py`.
"""
