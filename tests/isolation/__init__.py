"""Two organizations that hold secrets, and every door through which one could reach the other's."""
