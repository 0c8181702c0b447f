"""``python -m aviastack`` is the command line."""

from aviastack.cli import command

command()
