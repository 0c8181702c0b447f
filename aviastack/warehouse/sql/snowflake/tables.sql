-- Tables and views.
SHOW OBJECTS IN SCHEMA {schema};
