"""What is told to places outside: written down first, sent after."""
