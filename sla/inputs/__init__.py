"""What comes from outside: the ticket, its events, its terms and its entitlement."""
