"""One random walk through everything that a table offers, on two engines at once."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, multiple, rule

from entaku.core.errors import EntakuError
from entaku.table import BoundTable, Entity, Model, Page, Query, Reader, Transaction, add, changed, idempotency_key
from entaku.table.driver import Driver, Item
from entaku.table.reader import decode
from tests.table.entities import ENTITIES, Account, Chapter, Member, Note, OldPaper, Paper, Sample, Token
from tests.table.twin_values import (
    BOOKS,
    IDS,
    OWNERS,
    conditions,
    decimals,
    few_ids,
    ids,
    lives,
    names,
    notes,
    queries,
    sample_changes,
    samples,
    steps,
    texts,
)
from tests.table.twins import Both, Log, Twins, check_same_of_each, envelope, plain, stored
from tests.table.walking import walk

Step = Callable[[Transaction], Any]
limits = st.integers(1, 4)
TAGS = frozenset(("x",))


class TableWalk(RuleBasedStateMachine):
    """Whatever is done is done on both engines, and `Twins.ask` compares. `entities` are as each engine gave them: of
    some moment, perhaps stale, perhaps of an item that is gone."""

    entities = Bundle("entities")
    pages = Bundle("pages")
    """Cursors, with the listing and the direction they are of."""

    def __init__(self, folder: Path, storm_seed: int | None) -> None:
        super().__init__()
        self.twins = Twins(folder, Model(ENTITIES), storm_seed=storm_seed)
        self.tables = self.twins.tables(self.twins.model)
        self.bound = Both(*(table.for_tenant("acme") for table in self.tables))
        self.older = Both(*(table.for_tenant("acme") for table in self.twins.tables(Model([OldPaper]))))
        self.log = Log(self.twins, self._shown)

    def ask(self, question: Callable[..., Awaitable[Any]], *sides: Both) -> Both:
        return self.twins.ask(question, self.bound, *sides)

    def known(self, answer: Both) -> Any:
        """The answer for the bundle of entities, if it is one."""
        return answer if isinstance(answer.sqlite, Entity) else multiple()

    @initialize(target=entities)
    def furnish(self) -> Any:
        """Something of each kind to begin with, so that most of what follows meets something."""
        soon = self.twins.clock.now() + timedelta(milliseconds=400)
        found = (
            *(Note(book="b", id=name, stars=n % 2, owner=OWNERS[n % 3]) for n, name in enumerate(IDS)),
            *(Sample(id=name, amount=Decimal(1), count=10**38 - 1, raw=b"x", note=None, tags=TAGS) for name in IDS[:3]),
            *(Token(user="u", id=name, uses=n, expires_at=(None, soon)[n % 2]) for n, name in enumerate(IDS[:6])),
            *(Member(id=name, name=f"{name} of us") for name in IDS[:5]),
            *(Paper(id=name, title=name) for name in IDS[:3]),
        )
        return multiple(*(self.ask(lambda table, new=new: table.create(new)) for new in found))

    @rule(target=entities, fields=notes)
    def create_note(self, fields: dict[str, Any]) -> Any:
        return self.known(self.ask(lambda table: table.create(Note(**fields))))

    @rule(target=entities, fields=samples)
    def create_sample(self, fields: dict[str, Any]) -> Any:
        return self.known(self.ask(lambda table: table.create(Sample(**fields))))

    @rule(target=entities, id=ids, life=lives, uses=st.integers(0, 3))
    def create_token(self, id: str, life: timedelta | None, uses: int) -> Any:
        token = Token(user="u", id=id, uses=uses, expires_at=self._end(life))
        return self.known(self.ask(lambda table: table.create(token)))

    @rule(target=entities, id=ids, name=texts)
    def create_member(self, id: str, name: str) -> Any:
        return self.known(self.ask(lambda table: table.create(Member(id=id, name=name))))

    @rule(target=entities, part=st.sampled_from(("1", "1#", "12")), number=st.integers(0, 12))
    def create_chapter(self, part: str, number: int) -> Any:
        return self.known(self.ask(lambda table: table.create(Chapter(book="b", part=part, number=number))))

    @rule(target=entities, id=ids, title=names)
    def create_paper(self, id: str, title: str) -> Any:
        return self.known(self.ask(lambda table: table.create(Paper(id=id, title=title))))

    @rule(id=ids, name=names)
    def create_paper_with_the_older_program(self, id: str, name: str) -> None:
        # Two programs give versions of their own; in a new millisecond neither begins below the other.
        self.twins.clock.advance(timedelta(milliseconds=1))
        self.twins.ask(lambda table: table.create(OldPaper(id=id, name=name)), self.older)

    @rule(id=few_ids, price=decimals)
    def patch_paper_with_the_older_program(self, id: str, price: Any) -> None:
        self.twins.ask(lambda table: table.patch(OldPaper.at(id=id), price=price, pages=add(1)), self.older)

    @rule(target=entities, entity=entities)
    def replace_with_equal_values(self, entity: Both) -> Any:
        return self.known(self.ask(lambda table, mine: table.replace(mine), entity))

    @rule(target=entities, entity=entities, data=st.data())
    def replace(self, entity: Both, data: st.DataObject) -> Any:
        fields = self._change(type(entity.sqlite), data)
        return self.known(self.ask(lambda table, mine: table.replace(changed(mine, **fields)), entity))

    @rule(target=entities, entity=entities, data=st.data(), is_expected=st.booleans())
    def patch(self, entity: Both, data: st.DataObject, is_expected: bool) -> Any:
        fields = self._change(type(entity.sqlite), data)
        target = entity if is_expected else Both(*map(_key, entity))
        return self.known(self.ask(lambda table, mine: table.patch(mine, **fields), target))

    @rule(target=entities, id=few_ids, fields=sample_changes, where=st.lists(conditions, max_size=2))
    def patch_where(self, id: str, fields: dict[str, Any], where: Sequence[Any]) -> Any:
        return self.known(self.ask(lambda table: table.patch(Sample.at(id=id), where=where, **fields)))

    @rule(target=entities, id=few_ids, amount=st.none() | decimals, count=steps)
    def count_up(self, id: str, amount: Any, count: int) -> Any:
        sums = {"count": add(count), **({} if amount is None else {"amount": add(amount)})}
        return self.known(self.ask(lambda table: table.patch(Sample.at(id=id), **sums)))

    @rule(entity=consumes(entities))
    def delete(self, entity: Both) -> None:
        self.ask(lambda table, mine: table.delete(mine), entity)

    @rule(
        chosen=st.lists(st.tuples(entities, st.sampled_from(("replace", "patch", "delete", "check"))), max_size=4),
        new=st.lists(notes, max_size=3),
        data=st.data(),
    )
    def transact(self, chosen: list[tuple[Both, str]], new: list[dict[str, Any]], data: st.DataObject) -> None:
        changes = [self._change(type(entity.sqlite), data) for entity, _ in chosen]

        async def commit(table: BoundTable, *mine: Entity) -> list[Any]:
            written: list[Any] = []
            async with table.transaction() as tx:
                written += [tx.create(Note(**fields)) for fields in new]
                for entity, (_, verb), fields in zip(mine, chosen, changes, strict=True):
                    written.append(_act(tx, entity, verb, fields))
            return [getattr(each, "value", each) for each in written]

        self.ask(commit, *(entity for entity, _ in chosen))

    @rule(name=st.sampled_from("kl"), payload=st.sampled_from((b"1", b"2")), id=st.sampled_from("xy"))
    def do_once(self, name: str, payload: bytes, id: str) -> None:
        async def once(table: BoundTable) -> tuple[int, bool]:
            key = idempotency_key(name, payload)

            async def work(tx: Transaction) -> int:
                account = await table.find(Account.at(id=id))
                balance = 1 if account is None else account.balance + 1
                tx.create(Account(id=id, balance=1)) if account is None else tx.patch(account, balance=balance)
                return balance

            return await table.run(work, answer=int, idempotency=key), key.replayed

        self.ask(once)

    @rule(target=entities, entity=entities)
    def find(self, entity: Both) -> Any:
        return self.known(self.ask(lambda table, mine: table.find(_key(mine)), entity))

    @rule(entities=st.lists(entities, max_size=5), snapshot=st.booleans())
    def find_many(self, entities: list[Both], snapshot: bool) -> None:
        self.ask(lambda table, *mine: table.find_many([_key(each) for each in mine], snapshot=snapshot), *entities)

    @rule(target=pages, query=queries, limit=limits, reverse=st.booleans())
    def list_first(self, query: Query[Any], limit: int, reverse: bool) -> Any:
        self.twins.settle()
        page = self.ask(lambda table: table.list(query, limit=limit, reverse=reverse))
        return self._next(page, query, reverse)

    @rule(query=queries, limit=limits, reverse=st.booleans())
    def walk(self, query: Query[Any], limit: int, reverse: bool) -> None:
        self.twins.settle()
        self.ask(lambda table: walk(table, query, limit=limit, reverse=reverse))

    @rule(target=pages, page=pages, limit=limits)
    def list_on(self, page: tuple[Both, Query[Any], bool], limit: int) -> Any:
        cursors, query, reverse = page
        self.twins.settle()
        found = self.ask(lambda table, after: table.list(query, limit=limit, reverse=reverse, after=after), cursors)
        return self._next(found, query, reverse)

    @rule(page=pages, query=queries, reverse=st.booleans())
    def list_on_elsewhere(self, page: tuple[Both, Query[Any], bool], query: Query[Any], reverse: bool) -> None:
        self.twins.settle()
        self.ask(lambda table, after: table.list(query, reverse=reverse, after=after), page[0])

    @rule(asked=st.lists(queries, min_size=1, max_size=3), at_most=st.sampled_from((1, 50)))
    def list_all(self, asked: list[Query[Any]], at_most: int) -> None:
        self.twins.settle()
        self.ask(lambda table: table.list_all(*asked, at_most=at_most))

    @rule(book=st.sampled_from(BOOKS), q=texts, limit=limits)
    def search(self, book: str, q: str, limit: int) -> None:
        self.ask(
            lambda table: table.search(Note.in_book(book=book), q, texts=lambda note: (note.id, note.text), limit=limit)
        )

    @rule(book=st.sampled_from(BOOKS), id=few_ids)
    def snapshot(self, book: str, id: str) -> None:
        async def collect(reader: Reader) -> Any:
            return [await reader.list(Note.in_book(book=book), limit=3), await reader.get(Sample.at(id=id))]

        self.ask(lambda table: table.snapshot(collect))

    @rule(ms=st.sampled_from((1, 100, 200, 400)))
    def time_passes(self, ms: int) -> None:
        self.twins.clock.advance(timedelta(milliseconds=ms))

    @rule(limit=limits)
    def remove_some(self, limit: int) -> None:
        self.twins.ask(lambda table: table.remove_expired(limit=limit), self.tables)

    @rule()
    def compare_what_is_stored(self) -> None:
        check_same_of_each(*(stored(self.twins, driver, self._shown) for driver in self.twins.bare))

    @rule()
    def compare_logs(self) -> None:
        self.twins.ask(lambda table: table.remove_expired(limit=1000), self.tables)
        self.log.compare()

    def teardown(self) -> None:
        try:
            self.compare_what_is_stored()
            self.compare_logs()
        finally:
            self.twins.close()

    def _shown(self, driver: Driver, item: Item) -> Any:
        info = self.twins.model.of_kind(item.kind)
        data = driver.codec.fields(item.data) if info is None else decode(driver.codec, item, info)
        return envelope(item), plain(data)

    def _end(self, life: timedelta | None) -> datetime | None:
        return None if life is None else self.twins.clock.now() + life

    def _next(self, answer: Both, query: Query[Any], reverse: bool) -> Any:
        if isinstance(answer.sqlite, EntakuError):
            return multiple()
        pages: Sequence[Page[Any]] = answer
        if pages[0].cursor is None:
            return multiple()
        return Both(pages[0].cursor, pages[1].cursor), query, reverse

    def _change(self, kind: type[Entity], data: st.DataObject) -> dict[str, Any]:
        """Some fields of an entity of that type with new values."""
        if kind is Sample:
            return data.draw(sample_changes)
        if kind is Note:
            fields = data.draw(notes)
            return {name: fields[name] for name in ("text", "stars", "owner") if name in fields}
        if kind is Token:
            life = data.draw(lives)
            return {"uses": data.draw(st.integers(0, 3)), "expires_at": self._end(life)}
        if kind is Member:
            return {"name": data.draw(texts)}
        if kind is Paper:
            return {"title": data.draw(names), "price": data.draw(decimals)}
        return {}


def _act(tx: Transaction, entity: Entity, verb: str, fields: dict[str, Any]) -> Any:
    match verb:
        case "replace":
            return tx.replace(changed(entity, **fields))
        case "patch":
            return tx.patch(entity, **fields)
        case "delete":
            return tx.delete(entity)
        case _:
            return tx.check(entity)


def _key(entity: Any) -> Any:
    match entity:
        case Note():
            return Note.at(book=entity.book, id=entity.id)
        case Token():
            return Token.at(user=entity.user, id=entity.id)
        case Chapter():
            return Chapter.at(book=entity.book, part=entity.part, number=entity.number)
        case _:
            return type(entity).at(id=entity.id)
