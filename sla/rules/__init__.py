"""What each event does to a ticket."""
