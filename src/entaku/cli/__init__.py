"""The command line: `entaku NOUN VERB`, for the machine that holds the data folder.

Commands act as the local operator of the tenant, through the same services as the API. A noun is a file; `nouns` says
which. The other files are what the nouns are made of:

    program           the root command and `main`: how everything starts and ends
    nouns             which nouns there are; a noun's file is loaded when it is used
    commands          what every command has: --data, --json, --tenant, and an example in its help
    outside           nouns and entities of modules from outside; `for_modules` is what theirs are made of
    session           opens the system for one command and chooses the tenant
    folder_rights     whether this user may work in the data folder, and whose it is
    exit_status       from an error to a line and a number

    user_names, instants, unset       what is typed: user@tenant, times, options that were left out
    listing                           --limit, --all, --cursor
    output                            results as tables for people or one JSON document
    yaml_lines                        on which line of a YAML file a flaw is
    text_table, terminal_text         aligned columns; how wide a text is, and where its lines may end

    directory_entries                 what departments, roles and groups have in common
    import_progress                   of everything long: how far it is
    tenant_export, openfga_export, issuers
                                      of `tenants`
    demo, ports                       of `serve`
    findings, doctor_*                of `doctor`
    table, table_*                    of `table`, for any model; `model_table` is the noun
    whole_table                       of what reads or writes all tenants: `backup`, `restore`, some of `table`
"""

from __future__ import annotations

from entaku.cli.program import main

__all__ = ["main"]
