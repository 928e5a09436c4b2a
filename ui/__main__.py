"""`python -m ui` is `attache`."""

from .cli import main

if __name__ == "__main__":
    main(prog_name="attache")
