"""Items and actions as the table gives them to a driver, for the tests that speak to the driver itself."""

from __future__ import annotations

import msgspec

from entaku.table.driver import Action, Check, Delete, Driver, Expect, IndexKey, Item, ItemKey, Patch, Put, Range

ABSENT = Expect(present=False)
PRESENT = Expect(present=True)
NOW = 1_000_000


class Fields(msgspec.Struct):
    """What the items of these tests hold."""

    n: int = 0
    text: str | None = None


class Raw:
    """A driver with a codec at hand, and shorter ways to say what to write."""

    def __init__(self, driver: Driver) -> None:
        self.driver = driver

    def item(self, sk: str, *, pk: str = "P", n: int = 0, version: int = 1, **envelope: object) -> Item:
        item = Item(
            pk,
            sk,
            "KIND",
            1,
            self.driver.codec.encode(Fields(n)),
            version,
            "w",
            "2026-04-01T00:00:00.000Z",
            "2026-04-01T00:00:00.000Z",
        )
        return msgspec.structs.replace(item, **envelope)

    def put(self, sk: str, *, expect: Expect = ABSENT, logged: bool = False, **fields: object) -> Put:
        return Put(item=self.item(sk, **fields), expect=expect, logged=logged)  # pyright: ignore[reportArgumentType]

    def patch(self, sk: str, *, expect: Expect = PRESENT, logged: bool = False, **fields: object) -> Patch:
        values = {name: self.driver.codec.encode_field(value) for name, value in fields.items()}
        return Patch(key=ItemKey("P", sk), expect=expect, write_id="w2", updated_at="later", set=values, logged=logged)

    async def write(self, *actions: Action, now_ms: int = NOW, tenant: str = "acme") -> list[Item | None]:
        return await self.driver.write(actions, tenant=tenant, now_ms=now_ms)

    async def read(self, *sks: str, pk: str = "P", now_ms: int = NOW) -> list[Item | None]:
        return await self.driver.read([ItemKey(pk, sk) for sk in sks], now_ms=now_ms)

    async def sks(self, part: Range, now_ms: int = NOW) -> list[str]:
        """The positions that a range yields, asked for until it ends."""
        found: list[str] = []
        while True:
            (stretch,) = await self.driver.query([part], now_ms=now_ms)
            assert len(stretch.items) == len(stretch.positions) <= part.limit
            found += stretch.positions
            if not stretch.more:
                return found
            part = msgspec.structs.replace(part, after=found[-1])

    def fields(self, item: Item | None) -> Fields:
        assert item is not None
        return self.driver.codec.decode(item.data, Fields)


def delete(sk: str, *, expect: Expect = PRESENT, logged: bool = False) -> Delete:
    return Delete(key=ItemKey("P", sk), expect=expect, logged=logged)


def check(sk: str, expect: Expect) -> Check:
    return Check(key=ItemKey("P", sk), expect=expect)


def in_index(number: int, sk: str, pk: str = "I") -> tuple[IndexKey, ...]:
    return (IndexKey(number, pk, sk),)
