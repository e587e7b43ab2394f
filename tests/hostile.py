"""Texts that a visitor may bring, and that Markdown or HTML would make something of."""

HOSTILE = (
    "![x](http://foreign.test/x.png)",
    "[a](http://foreign.test/a)",
    "<img src=http://foreign.test/y.png>",
    "http://foreign.test/b www.foreign.test me@foreign.test",
    ":material/delete: :red[red] :cat: $\\LaTeX$ `code` **bold** # title",
)
