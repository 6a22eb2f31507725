"""Attributes past events to a campaign by a rule, and takes that back."""
