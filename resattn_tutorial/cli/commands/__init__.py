"""What is typed after ``resattn``, a module a command."""
