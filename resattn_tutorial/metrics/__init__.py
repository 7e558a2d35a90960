"""What a network gets right: its classes, and where its masks point."""
