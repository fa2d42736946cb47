"""What a user names (files, folders, patterns, standard input), as files that can be read."""

STDIN = "-"  # the name of standard input, among those of files
