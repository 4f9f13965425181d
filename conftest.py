"""Make pytest find the pages under docs/ and run what is on them."""

pytest_plugins = [
    "tests.harness.plugin",
    "tests.harness.parallel",
    "pytester",
]
