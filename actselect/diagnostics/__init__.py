"""The guide's principles, measured on trained networks."""
