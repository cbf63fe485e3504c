"""Scores of finalists on real data, recorded to be replayed by statistics."""
