"""How an exported text looks: citation style, page templates, and the styles of word-processor files."""
