"""The command line: `entaku NOUN VERB`, for the machine that holds the data folder.

    program       the root command and `main`: how everything starts and ends
    nouns         which nouns there are; a noun's file is loaded when it is used
    commands      what every command has: --data, --json, --tenant, and an example in its help
    session       opens the system for one command and chooses the tenant
    exit_status   from an error to a line and a number
    listing       --limit, --all, --cursor
    output        results as tables for people or one JSON document
    text_table    aligned columns, also of wide characters

Every other file is a noun. Commands act as the local operator of the tenant, through the same services as the API.
"""

from __future__ import annotations

from entaku.cli.program import main

__all__ = ["main"]
