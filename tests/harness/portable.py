"""What a page cannot show, and what only this machine or this moment prints.

Asked when an output is recorded: what is found here is refused. `UNFIT` are
signs that change the fence around an output, or that nobody sees. `_bound`
lists what belongs to a machine or a moment. A path is found wherever it
stands; a name or a number, which might mean anything, only if the lesson's
code asks for such a thing. What the code itself says is never found: it is
the same everywhere.

Not caught: times that code takes and random numbers, which differ when cells
run again, see `recording`; sizes of disks and memory; versions of packages,
which the evidence holds; what a module of the project asks for.
"""

from __future__ import annotations

import datetime
import os
import platform
import re
import sys
import tempfile
from functools import cache
from getpass import getuser
from pathlib import Path

from .surroundings import PROJECT

UNFIT = {
    "would include a file on the page": "-8<-",
    "would end the fence around it": "`{3}",
    "is a sign that nobody sees": r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029"
    r"\ud800-\udfff]",
}
LONG = 4  # signs; of a shorter text, that the code has it says nothing
MONTH = r"(?:Jan|Feb|Mar|Apr|May|June?|July?|Aug|Sept?|Oct|Nov|Dec)[a-z]*"
MOMENT = (  # a date, a time of day, seconds since 1970
    r"\b\d{4}[-/.年]\d\d?[-/.月]\d\d?|\b\d\d?[-/.]\d\d?[-/.](?:\d\d){1,2}\b"
    r"|\b\d\d?:\d\d\b|\b1\d{9}"
    rf"|\b{MONTH} +\d|\d {MONTH}|\b20\d\d(?:\d{{4}})?\b|\d\d?月\d\d?日"
    r"|\b(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day\b"
)
CLOCK = (  # code that asks for it, in Python or a shell
    r"\b(?:now|utcnow|today|time_ns|formatdate|time\.strftime)\("
    r"|\b(?:asc|c|gm|local)?time\(\)|(?:st_|get)[acm]time|['\"](?:now|today)"
    r"|(?m:^|\$\()\s*date(?: -\w+)*(?: \+.*|\)|\s*$)"
)
USER = r"getuser|getlogin|getpw|whoami|logname|owner\(|(?m:^ *id\b)|\bls -l"
HOST = r"hostname|getfqdn|\.node\b|uname"
KIND = r"platform|uname|\bsys\b.*version|\bos\.name|sysconfig"
CORES = r"cpu_count|affinity|nproc|PROCESSORS|cpuinfo|lscpu|num_threads"


def faults(
    printed: str, drawn: str, code: str, *, varies: bool = False
) -> list[str]:
    """Why an output cannot be recorded, a sentence for each line.

    Args:
        printed: by a section.
        drawn: what its figures show, as text in one line.
        code: of the lesson, all of it.
        varies: its numbers may be others, as the lesson declares.
    """

    def is_known(text: str) -> bool:
        return (len(text) >= LONG and text in code) or (
            varies and not re.search(r"[^\W\d]", text)
        )

    found = {}  # line -> what is wrong with it
    lines = [*printed.split("\n"), drawn]
    for number, line in enumerate(lines, start=1):
        where = "its figure" if number == len(lines) else f"line {number}"
        for why, pattern in UNFIT.items():
            if match := re.search(pattern, line):
                found[where] = f"{match[0]!r} {why}. Print it in another form."
        for what, asks, pattern in _bound():
            matches = (match[0] for match in re.finditer(pattern, line))
            match = next((m for m in matches if not is_known(m)), None)
            if match and re.search(asks, code):
                found.setdefault(
                    where,
                    f"{match!r} is {what}, which is another for each reader. "
                    f"Show what is the same everywhere, such as a file's name "
                    f"without its folder; if only numbers differ, [varies] "
                    f"can say why.",
                )
    return [
        f"It cannot be recorded: in {where} of what it showed, {why}"
        for where, why in found.items()
    ]


@cache
def _bound() -> list[tuple[str, str, str]]:
    """What it is, code that asks for it, and how it looks."""
    here, python = platform.uname(), sys.version_info
    cores = {os.cpu_count()}
    if hasattr(os, "sched_getaffinity"):
        cores.add(len(os.sched_getaffinity(0)))
    folders = (PROJECT, Path.home(), tempfile.gettempdir())
    names = (here.node, here.node.partition(".")[0])
    return [
        ("made for this run alone", "", r"\blesson-[a-z0-9_]{8}\b"),
        ("a folder", "", _paths(*folders, sys.prefix, sys.base_prefix)),
        ("the day of the run", "", _today()),
        ("a date or a time", CLOCK, MOMENT),
        ("the user", USER, _words(_user())),
        ("this machine", HOST, _words(*names)),
        ("this system", KIND, _words(sys.platform, here.system, *here[2:])),
        ("this Python", KIND, rf"\b{python[0]}\D{{1,9}}{python[1]}\b"),
        ("the number of cores", CORES, _words(*cores)),
        ("the device", "", r"(?:al|C[pu]\w+)Device\(|device:GPU:|\bNVIDIA\b"),
        ("a process", r"getp?pid|\$\$", r"\b\d{2,}\b"),
        ("an address", r"(?<![\w.])(?:id|hash)\(", r"\b\d{9,}\b"),
    ]


def _words(*values: object) -> str:
    """Any of these, not as a part of a longer word."""
    known = [re.escape(str(value)) for value in values if value]
    return rf"(?<![\w.])(?:{'|'.join(known) or '(?!)'})(?!\w|\.\d)"


def _paths(*folders: str | Path) -> str:
    """Any of these folders, with the slashes of any system."""
    known = {
        str(path) for each in folders for path in (each, Path(each).resolve())
    }
    return _words(
        *(path for path in known if len(Path(path).parts) > 1)
    ).replace(r"\\", r"[\\/]+")


def _user() -> str:
    try:
        return getuser()
    except (KeyError, OSError):  # a number that has no name
        return ""


def _today() -> str:
    """Today, in the usual forms."""
    day = datetime.datetime.now(datetime.UTC)
    month = rf"(?:0?{day.month}|{day:%b}[a-z]*)"
    return (
        rf"\b{day.year}[-/.年 ]{month}[-/.月 ]0?{day.day}\b"
        rf"|\b0?{day.day}[-/. ]{month}[-/. ]{day.year}\b"
        rf"|\b{month}[/ ]+0?{day.day}\b(?:[/, ]+{day.year}| +\d\d?:)"
        rf"|\b{day:%Y%m%d}\b"
    )
