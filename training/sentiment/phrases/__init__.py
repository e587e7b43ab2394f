"""Short sentences of slang, negation, idiom and irony, made from a lexicon and templates written for this.

Tweets collected for their words rarely contain them: "this slaps", "I don't hate it", "oh great, another delay".

``templates/KIND.toml``: one template a line, by label; those of "either" make positive and negative sentences. {it} is
a slot for an entry of [frames] of ``lexicon.toml``; {verb} for one of [words], of the template's label; {verb!} of the
opposite label; {verb+} and {verb-} of a given one.
"""
