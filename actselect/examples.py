"""Examples of what the first network answers, on validation data."""
