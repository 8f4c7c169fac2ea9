"""Pages about a year and its units: opening and closing, deadlines, working days, the on-site round, the roster."""
