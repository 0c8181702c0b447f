"""What aviastack is compared with, each a script: the floors, dlt at its best, requests and pandas."""
