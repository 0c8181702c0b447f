-- Describes a view too.
DESCRIBE TABLE {relation};
