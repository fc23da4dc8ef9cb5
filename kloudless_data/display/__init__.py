"""Display in notebooks and terminals, and progress bars."""
