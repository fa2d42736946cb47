"""To other tools and back: one file per tool, which alone imports it; each tool is an extra."""
