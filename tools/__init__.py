"""What builds and checks the book; never imported by the package."""
