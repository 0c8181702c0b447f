"""The command line: ``aviastack COMMAND``, one module per command. Exit codes: :mod:`aviastack.errors`."""
