"""Tables worked out of the events: sessions and rollups, and what keeps them true."""
