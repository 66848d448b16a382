"""How results are shown: drawings, figures, tables and the page; nothing is decided here."""
