"""From a request to bytes: places, rows, code; nothing is written.

Others use `request` (what is asked for), `plan` (one patch), `planned` (on a checkout that holds patches already).
"""
