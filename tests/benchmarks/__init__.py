"""How long verification takes, and how the site's build and gates grow.

`make benchmark` runs all of it, `make benchmark ARGS=scale` one part. What it
finds goes to snippets/outputs/benchmarks.json, from where pages quote it.
"""
