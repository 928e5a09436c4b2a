"""What people touch: the command `attache` and the web page."""
