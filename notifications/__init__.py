"""THE POST. Who should hear what, in which words. (By which channel comes with delivery.)

Here live the notices (entry -> who hears: pure) and their words, one template each in Chinese and English. Not
here: what is due (`scheduler`), what happened (`storage`). Read `notices.py` first.
"""
