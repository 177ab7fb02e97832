"""Every bound of the platform has a name, and here is its value and where it comes from.

The table's limits are those of the smallest engine it runs on, so that what works on a laptop works in the cloud.
"""

from __future__ import annotations

KIB = 1024
MIB = 1024 * KIB

# An item and its keys. DynamoDB developer guide, "Quotas": 400 KB an item, attribute names counted;
# partition keys 2,048 bytes, sort keys 1,024 bytes, for the table and its indexes alike.
ITEM_BYTES_MAX = 400 * KIB
PARTITION_KEY_BYTES_MAX = 2048
SORT_KEY_BYTES_MAX = 1024
INDEXES_MAX = 20

# A call. BatchGetItem reads 100 keys, BatchWriteItem writes 25; Query stops after 1 MB.
READ_KEYS_MAX = 100
QUERY_BYTES_MAX = 1 * MIB

# A transaction. TransactWriteItems holds 100 actions, of which ten are the table's own; a Cosmos DB
# transactional batch holds 100 operations and 2 MB. TransactGetItems reads 100 items: three are kept back.
TRANSACTION_ACTIONS_MAX = 90
TRANSACTION_BYTES_MAX = 2 * MIB
SNAPSHOT_KEYS_MAX = 97

# Pages.
PAGE_SIZE_DEFAULT = 20
PAGE_SIZE_MAX = 200
CURSOR_BYTES_MAX = 4 * KIB

# Trying again. Attempts count from 1. An engine that is unavailable may wait in each of them, so a call that found it
# so for this long is not tried again.
ATTEMPTS_MAX = 8
UNAVAILABLE_S_MAX = 4.0
BACKOFF_FIRST_S = 0.005
BACKOFF_MAX_S = 0.5

# How long things are kept.
IDEMPOTENCY_KEPT_S = 48 * 3600
CHANGES_KEPT_S = 24 * 3600  # DynamoDB Streams' fixed time

# Blobs, which hold values that are too large for their items, in memory whole while they are written and read. S3 user
# guide, "Naming Amazon S3 objects": 1,024 bytes a key, of which some are left for the prefix of an installation; file
# systems hold 255 bytes a name. Blobs outlive everything that may still name them: changes, and the answers of writes.
BLOB_BYTES_MAX = 32 * MIB
TRANSACTION_BLOB_BYTES_MAX = 128 * MIB
PAGE_BLOB_BYTES_MAX = 16 * MIB
BLOBS_AT_ONCE_MAX = 16
BLOB_KEY_BYTES_MAX = 700
BLOB_KEY_PART_BYTES_MAX = 200
BLOBS_KEPT_S = CHANGES_KEPT_S + IDEMPOTENCY_KEPT_S

# Numbers. DynamoDB keeps 38 digits.
NUMBER_DIGITS_MAX = 38

# Values in values. DynamoDB developer guide, "Quotas": nested attributes go 32 levels deep.
NESTING_LEVELS_MAX = 32

# Text.
NAME_LENGTH_MAX = 200
DESCRIPTION_LENGTH_MAX = 2_000

# Searching: a bounded look through a listing for one page. Each call reads a page of every shard.
SEARCH_LENGTH_MAX = 200
SEARCH_CALLS_MAX = 5

# Previews that are kept for a day: of those that are answered in one piece there may be any number.
PREVIEWS_OF_USER_MAX = 50

# Serving. A body is held in memory whole.
BODY_BYTES_MAX = 1 * MIB
WORKERS_MAX = 64
PORT_MAX = 65_535

TIER_DEFAULT = "standard"
"""Of a tenant that is created without one."""
