AND departure_airport_key || '-' || arrival_airport_key IN ({marks})
