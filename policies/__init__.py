"""Support policies as data, and the one reader of them."""
