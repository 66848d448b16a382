"""Take what was inserted out of a file that was edited since; every other byte stays."""
