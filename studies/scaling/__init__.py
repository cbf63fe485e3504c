"""What the coordinator costs, and where more workers stop helping."""
