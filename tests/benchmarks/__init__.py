"""What the project costs, beside what readers would use instead.

`make benchmark` measures it in copies of the project, on a quiet machine, and
writes it to snippets/outputs/benchmarks.json, from where pages quote it.
Other programs are an extra, see `rivals`; a part says what it lacks.
"""
