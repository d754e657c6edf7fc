"""How tickets and policies are printed in a terminal of 80 columns."""
