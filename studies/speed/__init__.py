"""How fast the compiled layers are; see README.md."""
