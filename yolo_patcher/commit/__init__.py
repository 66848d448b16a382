"""Patches as values and on the disk, and the one part that writes: all or nothing, whatever ends the process.

Others use `writer` (commit and recover), `disk` (durable writing), `patch` and `state` (what is recorded), `access`
(may it be written at all), `transition` (what a commit writes) and `diff`.
"""
