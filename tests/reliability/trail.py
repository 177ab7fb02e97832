"""The audit trail of one library held against what its callers were told: nothing lost, nothing twice, no gap."""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise

from entaku.main import App
from entaku.modules.audit import AuditRecord
from tests.reliability.calls import Calls
from tests.reliability.stored import holdings


async def trail_violations(app: App, tenant_id: str, library_id: str, calls: Calls) -> list[str]:
    """Acknowledged changes that are not recorded once at their version, records that nobody asked for, lost updates."""
    trail = sorted(
        (r for r in (await holdings(app))[tenant_id].all(AuditRecord) if r.target.id == library_id),
        key=lambda record: record.target_version,
    )
    by_reason: dict[str, list[AuditRecord]] = defaultdict(list)
    for record in trail:
        if record.reason is not None:
            by_reason[record.reason].append(record)
    broken = [f"{reason} is recorded {len(some)} times" for reason, some in by_reason.items() if len(some) > 1]
    broken += [f"{reason} is recorded and was never asked for" for reason in by_reason.keys() - calls.attempted]
    for won in (won for won in calls.won if won.library_id == library_id):
        found = [(record.action, record.target_version) for record in by_reason.get(won.id, [])]
        if found != [(won.action, won.version)]:
            broken.append(f"{won.id} was acknowledged as {won.action} at {won.version} and is recorded as {found}")
    named = [record for record in trail if record.action in ("library_created", "library_changed")]
    for earlier, later in pairwise(named):
        if earlier.after is None or later.before is None or earlier.after["name"] != later.before["name"]:
            broken.append(f"version {later.target_version} does not follow from the name before: an update is lost")
    return broken
