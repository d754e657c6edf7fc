"""Effects: resolving terms, sending notifications."""
