"""The guide as data: its claims, what the literature found, and the tasks they speak of."""
