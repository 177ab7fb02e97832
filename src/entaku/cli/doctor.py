"""`entaku doctor`: looks at everything an installation needs, and says of each problem what to do about it."""

from __future__ import annotations

from collections.abc import Iterator

import click

from entaku.cli.commands import EntakuCommand, data_folder, wants_json
from entaku.cli.exit_status import PROBLEMS_FOUND
from entaku.cli.findings import Finding, problem
from entaku.cli.output import document, print_json
from entaku.cli.session import configured
from entaku.cli.text_table import aligned, printable
from entaku.core.errors import EntakuError


@click.command(cls=EntakuCommand, example="entaku doctor\nentaku doctor --data /srv/entaku --json")
def doctor() -> int:
    """Look for problems of this installation.

    Looks at versions, settings, data folder, database, keys, clock and port, and changes no data. Ends with status 1
    when there is a problem.
    """
    findings = list(_findings())
    is_sound = all(finding.is_ok for finding in findings)
    if wants_json():
        print_json({"is_sound": is_sound, "findings": [document(finding) for finding in findings]})
    else:
        rows = [("ok" if f.is_ok else "problem", f.about, printable(f.says)) for f in findings]
        for line, finding in zip(aligned(rows), findings, strict=True):
            click.echo(line)
            if finding.way_out:
                click.echo(f"         {printable(finding.way_out)}")
    return 0 if is_sound else PROBLEMS_FOUND


def _findings() -> Iterator[Finding]:
    from entaku.cli.doctor_database import database_findings
    from entaku.cli.doctor_machine import clock_finding, folder_findings, key_findings, port_finding, version_findings

    yield from version_findings()
    try:
        config = configured()
    except EntakuError as error:
        file = "entaku.toml" if data_folder() is None else data_folder()
        yield problem("settings", error.message, f"correct {file} or the environment; what comes after depends on it")
        return
    yield Finding(about="settings", says=f"data in {config.data.absolute()}")
    folder = list(folder_findings(config.data))
    yield from folder
    if all(finding.is_ok for finding in folder) and config.data.exists():
        yield from database_findings(config)
        yield from key_findings(config)
        yield clock_finding(config.data)
    yield port_finding(config.host, config.port)
