"""What everything else stands on: errors, instants and the types of fields."""
