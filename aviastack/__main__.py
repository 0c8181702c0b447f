"""``python -m aviastack`` is the command line."""

from aviastack.cli.main import command

command()
