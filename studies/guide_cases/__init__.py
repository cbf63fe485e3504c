"""The guide's cases on real data: see README.md."""
