"""Examples for the OpenAPI document: by the name of a field, or of a struct and its field."""

from __future__ import annotations

from collections.abc import Mapping

EXAMPLES: Mapping[str, object] = {
    "granted_by": "hana.sato",
    "is_shared": True,
    "owner": "hana.sato",
    "resource_name": "Marketing material",
    "undoes": "2c2f6d0f0d7e4f6c8f0b7a6c5d4e3f2a",
    "user_name": "佐藤 花",
    "WarningView.kind": "lowers",
    "results": [True],
    "sentence": (
        "佐藤 花 may read and write in library 'Marketing material': it is shared with group 'Designers' (read and"
        " write), and 佐藤 花 is in it."
    ),
    "share_types": ["group"],
    "verdict": "shared",
    "GroupedLibraries.owned": [],
    "GroupedLibraries.read_access": [],
    "JobStatus.asked_by": "hana.sato",
    "JobStatus.looked_at": 40,
    "JobStatus.name": "drift",
    "JobStatus.purpose": "Compare the rows with the shares, and say how many differ.",
    "JobStatus.state": "running",
    "JobStatus.summary": "40 of 120 users looked at, 0 rows that differ",
    "JobStatus.total": 120,
    "LibraryAccess.access_type": "group",
    "LibraryShareOutcome.changed": [],
    "LibraryShareOutcome.removed": [],
    "LibraryShareOutcome.unchanged": [],
    "LibraryView.name": "Marketing material",
    "PendingChange.what": "shares of library:handbook",
    "PendingChanges.settled": 4200,
    "PendingChanges.summary": "rows: 4,200 settled, 1 change pending",
    "PrincipalBody.id": "designers",
    "ReachedLibrary.access_type": "group",
    "ListsBody.users": ["hana.sato", "ito.daichi"],
    "PlacedLibrary.access_type": "group",
    "PlacedLibrary.name": "Marketing material",
    "ReachedLibrary.name": "Marketing material",
    "Reacher.access_type": "group",
    "Reacher.name": "佐藤 花",
    "PageLine.previous": "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824",
    "ReviewDocumentView.signature": "eyJhbGciOiJFZERTQSIsImI2NCI6ZmFsc2V9..kmMUqRl3fTzhB7v2",
    "ReviewHead.made_by": "hana.sato",
    "ReviewSummary.last": "486ea46224d1bb4fb680f34f7c9ad96a8f24ec88be73ea8e5a6c65260e9cb8a7",
    "ReviewedAccess.access_type": "group",
    "ReviewedAccess.name": "Marketing material",
    "ReviewedAccess.user_name": "佐藤 花",
    "ReviewedAccess.via": ["group:designers"],
    "Resource.id": "handbook",
    "Resource.kind": "library",
    "SharesChangeBody.add": [
        {"principal": {"kind": "group", "id": "designers"}, "permissions": ["read", "write"]},
    ],
    "SharesView.departments": [],
    "SharesView.individuals": [],
    "SharesView.organisation": [],
    "SharesView.roles": [],
}
