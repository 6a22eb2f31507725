"""Patterns: how they are found in traffic without a campaign, told, and kept.

`finding` is the way through; `cube`, `search`, `groups`, `clusters` and `series`, `scan`, `bursts`
compute, as functions of arrays without a clock or chance of their own; `kept` are the rows.
"""
