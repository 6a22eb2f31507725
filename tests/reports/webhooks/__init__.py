"""Tests of what is sent: deliveries, their signatures, and where they may go."""
