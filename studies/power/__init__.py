"""Does actselect find the answer where the answer is known; see README.md."""
