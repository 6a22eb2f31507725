"""What is said of copies from the command line."""
