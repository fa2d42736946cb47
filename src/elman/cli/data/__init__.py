"""`elman data list`, `elman data get NAME`: a file for each, as for verbs."""

VERBS = {
    "list": "Which corpora there are, and which of them are here.",
    "get": "Show the path of a corpus; it is fetched if it is not here.",
}
