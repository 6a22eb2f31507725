"""Warden, asked over gRPC: real servers, real connections, and clocks that are moved."""
