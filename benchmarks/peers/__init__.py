"""What aviastack is measured beside, each a script of its own: the floors, dlt at its best, requests and pandas."""
