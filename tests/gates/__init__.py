"""Gates: what every page has to hold, checked without running a lesson.

- `site`    all pages, records, facts and terms; what is found is a `Finding`
- `reading` what cannot be read; then nothing else is told
- `all_gates` runs the gates: `complete` and all others that its `ORDER` names,
  each a module with a function from `Site` to its findings
- `comparing` and `tested` read sentences and tests for `claims`
- `pairs`   what a section says, and what says the same in the other language
- `waiting`, `rename`  commands that ease what the gates ask for

How numbers are read and proven, and what the glossary holds, readers are told
as well: the gates take it from `docs/hooks`, and nothing there imports gates.

`python -m tests.gates` runs them all; so does `pytest tests/engine`.
"""
