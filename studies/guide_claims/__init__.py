"""What becomes of each claim of the guide: see README.md."""
