"""THE PAPER. Documents people hand in: bytes in, what they are or why they are not taken out. Keeps nothing.

Read `inspection.py` first.
"""
