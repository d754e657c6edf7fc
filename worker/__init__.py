"""One process: settings, connection, registration, drain."""
