"""What the workflows in .github/workflows need beside make and pytest.

- `shards`      divides the tests by lesson, so that jobs share the work
- `runners`     turns a repository variable into a runner, or says what to set
- `accelerator` fails unless TensorFlow computes on a GPU here
- `branches`    puts notebooks on their branch and records into a pull request
- `policy`      is what every workflow has to hold

None of them is tied to a host: the Makefile calls them, and so can you.
"""
