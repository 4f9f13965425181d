"""The course as files: a site for the disk, and a book as PDF and as EPUB.

`python -m docs.book offline dist` writes the one, `python -m docs.book book
dist` the others. All are made from the built site.
"""
