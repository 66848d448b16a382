"""The page of a verification: HTML, Markdown or JSON."""
