"""What a row is: parsing, columns, time zones, keys, checks. No I/O at all."""
