"""The engine that runs every code block of every page and checks the result.

Read in this order: page, run, compare. Arrows point one way, but for `items`,
which `plugin` makes, and docs/hooks: its maker of notebooks, and its pictures,
which `recording` draws. Nothing here imports the gates.

- `page`     the one reader: Markdown to `block`s; `cell` is the code in them,
             which pytest-codeblocks extracts, `comments` those of code, in
             Chinese, `snippet` the marked sections of scripts, a lesson's
             own and those of snippets/support, which lessons share
- `lesson`   what a lesson asks for: seeds, metrics, time limit; `stage` is what
             is arranged around it, `datasets` the data, of which `fetch`
             fetches what does not ship
- `run`      runs cells, or remembers that it did: `identity` is what results
             depend on, `client` drives the Jupyter kernel, `surroundings` is
             what the kernel gets of the machine, `kernel` what happens inside
             of it, `figures` draws, `result` is what came out
- `record`   the recorded files; `quote` puts numbers from them into pages
- `compare`  holds a run against its record
- `plugin`   makes all this into pytest `items`; `recording` is `--record`,
             `portable` what it refuses, `backends` the same on JAX or PyTorch,
             `progress` says how far it is, `parallel` divides the work,
             `unchanged` says when there is none
- `peers`    runs blocks that need another package, for tests/benchmarks

`settings` reads mkdocs.yml. The notebook maker is docs/hooks/maker.py.
"""
