"""What a network costs: by arithmetic, by recording, by others' counters."""
