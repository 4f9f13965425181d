"""The engine that runs every code block of every page and checks the result.

A page goes through these modules, in this order:

- `pages`    reads a page as the site does and lists its code blocks
- `lessons`  reads what a lesson asks of the engine: seeds, metrics, time limit
- `datasets` checks the shipped data and puts it behind the ordinary calls
- `runs`     runs the blocks in their own process, or remembers that it did
- `worker`   starts a Jupyter kernel and runs them as the cells of a notebook;
             `kernel` is what surrounds them there, `figures` draws the plots
- `stage`    is what a lesson is played on: servers, files, what goes wrong
- `notebooks` makes the notebook and the script of a page, for the site, and
             knows what they have to show; `commonmark` is for their text,
             `pictures` draws figures as PNG
- `records`  knows the recorded files and the numbers that pages quote
- `labels`   puts the words inside figures into the language of the page
- `compare`  holds a run against its record
- `plugin`   makes all this into pytest items; `progress` says how far they are
- `backends` runs lessons on each backend of Keras and records them side by side
- `parallel` keeps a lesson in one process when `pytest -n` divides the tests
- `remember` leaves out other slow tests that nothing has changed for
"""
