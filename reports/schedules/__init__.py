"""A report asked for again and again: when it is due, what is asked, and where the answer goes."""
