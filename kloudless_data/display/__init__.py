"""How things show themselves: notebooks, terminals, progress bars."""
