"""From facts to results by the rulebook alone: values, rows, ladders, scales, and the plan that puts them in order.

Each part is data of a rulebook and knows how it is calculated; nothing else calculates.
"""
