"""How good are we: golden questions and `make bench`."""
