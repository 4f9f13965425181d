"""What the checks and the site cost, and how that grows with the pages.

`make benchmark` measures it in copies of the project, on a quiet machine, and
writes it to snippets/outputs/benchmarks.json, from where pages quote it.
"""
