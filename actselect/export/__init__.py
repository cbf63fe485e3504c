"""A recommended network in the user's own code."""
