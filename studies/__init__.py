"""Questions about actselect, each with its program and results."""
