"""Data in: the dataset type, readers for files, adapters for arrays and frames, built-in sets."""
