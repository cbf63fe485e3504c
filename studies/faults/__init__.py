"""What becomes of a study when processes are killed, disks are full, and clocks jump."""
