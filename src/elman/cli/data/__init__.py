"""`elman data list`, `elman data get NAME`: a file for each, as for verbs."""

VERBS = {
    "list": "Which there are, and which are fetched.",
    "get": "The path of a corpus; fetches what is not there.",
}
