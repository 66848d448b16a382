"""`verify --report`: one page that says what was inserted where, what was checked, and what it costs."""
