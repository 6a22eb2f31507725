"""REST doors of discovery."""
