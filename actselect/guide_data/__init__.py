"""The guide's claims as data."""
