"""`entaku doctor`: looks at everything an installation needs, and says of each problem what to do about it."""

from __future__ import annotations

from collections.abc import Iterator

import click

from entaku.cli.commands import EntakuCommand, data_folder, wants_json
from entaku.cli.exit_status import PROBLEMS_FOUND
from entaku.cli.findings import Finding, problem
from entaku.cli.output import document, print_json
from entaku.cli.session import chosen_folder, configured
from entaku.cli.text_table import print_rows
from entaku.core.errors import EntakuError


@click.command(cls=EntakuCommand, example="entaku doctor\nentaku doctor --data /srv/entaku --json")
def doctor() -> int:
    """Look for problems of this installation.

    Looks at versions, settings, data folder, database or table on DynamoDB, keys, clock and port, and changes no data.
    Ends with status 1 when there is a problem.
    """
    findings = list(_findings())
    is_sound = all(finding.is_ok for finding in findings)
    if wants_json():
        print_json({"is_sound": is_sound, "findings": [document(finding) for finding in findings]})
    else:
        rows = [("ok" if finding.is_ok else "problem", finding.about, finding.says) for finding in findings]
        print_rows(rows, below=[f"         {finding.way_out}".rstrip() for finding in findings])
    return 0 if is_sound else PROBLEMS_FOUND


def _findings() -> Iterator[Finding]:
    from entaku.cli.doctor_database import database_findings
    from entaku.cli.doctor_dynamodb import dynamodb_findings
    from entaku.cli.doctor_machine import clock_finding, folder_findings, key_findings, port_finding, version_findings

    yield from version_findings()
    folder = list(folder_findings(chosen_folder()))
    yield from folder
    if not all(finding.is_ok for finding in folder):
        return  # The settings are in it, and everything else depends on them.
    try:
        config = configured()
    except EntakuError as error:
        file = "entaku.toml" if data_folder() is None else data_folder()
        yield problem("settings", error.message, f"correct {file} or the environment; what comes after depends on it")
        return
    yield Finding(about="settings", says=f"data in {config.data.absolute()}")
    if not config.is_embedded:
        yield from dynamodb_findings(config)
    if config.data.exists():
        if config.is_embedded:
            yield from database_findings(config)
        yield from key_findings(config)
        yield clock_finding(config.data)
    yield port_finding(config.host, config.port)
