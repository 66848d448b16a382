"""Which Python, torch and package will really run, and why it is not the checkout."""
