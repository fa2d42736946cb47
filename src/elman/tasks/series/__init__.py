"""What comes next in series, and how sure that is."""
