"""The first page of each role, the board, the inbox, and help."""
