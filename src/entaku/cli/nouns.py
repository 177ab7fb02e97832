"""Which nouns there are, in the order of `entaku --help`. A noun's file is imported when the noun is used.

The line of help stands here too, so that showing the list loads none of them; a test compares it with the noun's own.
"""

from __future__ import annotations

from importlib import import_module

import click
import msgspec


class Noun(msgspec.Struct, frozen=True):
    """Where the command of a noun is, and its line in the list."""

    module: str
    attribute: str
    line: str

    def load(self) -> click.Command:
        command = getattr(import_module(f"entaku.cli.{self.module}"), self.attribute)
        assert isinstance(command, click.Command), f"{self.module}.{self.attribute} is no command"
        return command


SECTIONS: dict[str, dict[str, Noun]] = {
    "Start": {
        "serve": Noun("serve", "serve", "Serve the API on this machine."),
        "import": Noun("import_file", "import_file", "Load an organisation from a file."),
        "token": Noun("access_token", "token", "Print an access token for a user."),
        "call": Noun("call", "call", "Send one request to the API without a server."),
        "doctor": Noun("doctor", "doctor", "Look for problems of this installation."),
    },
    "Sharing": {
        "libraries": Noun("libraries", "libraries", "Libraries: who owns them, and who reaches them."),
        "share": Noun("share", "share", "Share a library, or show whom it is shared with."),
        "access": Noun("access", "access", "Show who reaches a library, and what a user may do with it."),
        "why": Noun("access", "why", "Explain why a user reaches a library, or why not."),
        "what-if": Noun("what_if", "what_if", "What if: who gains or loses access by a change, before it is made."),
        "requests": Noun("requests", "requests", "Requests: access that people ask for, and the answers."),
        "undo": Noun("undo", "undo", "Undo a change of shares: each is again what it was before."),
        "audit": Noun("audit", "audit", "Show who changed something, newest first."),
    },
    "Accounts": {
        "tenants": Noun("tenants", "tenants", "Tenants: the customers of the platform."),
        "users": Noun("users", "users", "Users: the people of a tenant, and its service accounts."),
        "service-accounts": Noun(
            "service_accounts",
            "service_accounts",
            "Service accounts: users that are programs, and their API keys.",
        ),
        "departments": Noun("departments", "departments", "Departments: the tree of the organisation."),
        "roles": Noun("roles", "roles", "Roles: the job titles one can share with."),
        "groups": Noun("groups", "groups", "Groups: people put together for a purpose."),
    },
    "Operation": {
        "keys": Noun("keys", "keys", "Print the public keys that signed reviews are verified with."),
        "jobs": Noun("jobs", "jobs", "Long work on a tenant: access rows, ended shares, counts."),
        "backup": Noun("backup", "backup", "Write everything into one file, or with --tenant one tenant."),
        "restore": Noun(
            "restore", "restore", "Bring back a backup: everything into an empty table, or with --tenant one tenant."
        ),
    },
    "Development": {
        "table": Noun("model_table", "table", "The table and its entities: make, check, document and price them."),
    },
}

NOUNS: dict[str, Noun] = {name: noun for nouns in SECTIONS.values() for name, noun in nouns.items()}
