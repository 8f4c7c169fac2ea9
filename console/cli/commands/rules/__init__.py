"""The commands of `kaohe rules`: begin, check and show a rulebook, try it out, and print what is to be signed."""
