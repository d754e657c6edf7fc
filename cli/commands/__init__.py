"""The commands of the `holdfast` command line: their options, and what each one calls."""
