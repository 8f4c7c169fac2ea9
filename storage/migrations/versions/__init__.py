"""One file per revision; the oldest is 0001."""
