"""Finding out which Python, torch and package will really run, by asking the user's Python."""
