"""How often the statistics find a difference where there is none."""
