"""What a user names: files, folders, patterns and pipes, as bytes and as text; compressed or not, of any size."""

STDIN = "-"  # the name of standard input, among those of files
STANDARD_INPUT = "standard input"  # what messages call it
