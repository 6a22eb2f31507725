"""What becomes of an organization's data: erased, handed over, or forgotten when it is old."""
