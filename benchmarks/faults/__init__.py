"""Faults, each done to a real server or command, and what the user is told. ``python -m benchmarks.faults``.

Writes docs/faults.md. It needs Linux and root: small and read-only file systems are mounted for the server alone.
"""
