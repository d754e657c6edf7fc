"""The files a person hands to a command: policies, simulation scripts and demo stories."""
