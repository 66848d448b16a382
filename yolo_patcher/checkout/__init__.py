"""The user's directory as it is read: bytes, text, `parse_model`, dialect, our marker comments; nothing is written.

Others use `root` (find it), `snapshot` (its bytes), `site` (its parts), `dialects` (its shape), `text` and `namespace`
(Python and YAML text), and `safe_yaml`.
"""
