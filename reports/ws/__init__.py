"""The WebSocket door: who may listen, what they hear, and what they missed."""
