"""The bytes of a file -> its Content: text, pages, title and what else the file says of itself; one reader a kind."""
