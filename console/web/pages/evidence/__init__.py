"""The pages on which a department collects its evidence, and its catalogue."""
