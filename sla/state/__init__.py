"""What is true of a ticket now: facts, from which all that is due is derived."""
