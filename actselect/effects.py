"""Which axis of the search space mattered: main effects and interactions."""
