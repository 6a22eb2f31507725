"""Organizations, their members and keys, and who is asking."""
