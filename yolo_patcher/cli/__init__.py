"""The command line: argv, commands, screen."""
