"""Sentences in every language: each reason has its words, all of them and no others."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entaku.core.languages import Language
from entaku.modules.accounts import (
    ORGANISATION,
    Department,
    Directory,
    Group,
    Hierarchy,
    Membership,
    Principal,
    PrincipalKind,
    Role,
    SharingPolicy,
    UserProfile,
    UserState,
    individual,
)
from entaku.modules.sharing import Library, Permission, ResourceState, Source, Terms
from entaku.modules.sharing.access.explanation import explain
from entaku.modules.sharing.access.truth import Facts
from entaku.modules.sharing.sentences import Reason, access_sentence, warning_sentence, words_in
from entaku.modules.sharing.sentences.reasons import (
    ExplainedSource,
    Explanation,
    NamedPrincipal,
    ShareWarning,
    SourceState,
    Verdict,
    WarningKind,
)

NOON = datetime(2026, 4, 1, 12, tzinfo=UTC)
INSTANTS = [NOON + timedelta(hours=n) for n in range(-2, 3)]
NAMES = {
    Language.ENGLISH: {"person": "Hana Sato", "thing": "Handbook", "entry": "Design"},
    Language.JAPANESE: {"person": "佐藤 花", "thing": "手引き", "entry": "設計"},
}
WAYS = [
    Membership(individual("42")),
    Membership(Principal(PrincipalKind.GROUP, "1"), ("1",)),
    Membership(Principal(PrincipalKind.GROUP, "2"), ("1", "2")),
    Membership(Principal(PrincipalKind.GROUP, "3"), ("1", "2", "3")),
    Membership(Principal(PrincipalKind.ROLE, "1"), ("1",)),
    Membership(Principal(PrincipalKind.DEPARTMENT, "1"), ("1",)),
    Membership(Principal(PrincipalKind.DEPARTMENT, "2"), ("1", "2")),
    Membership(ORGANISATION),
]

permissions = st.frozensets(st.sampled_from(list(Permission))).map(lambda some: some | {Permission.READ})
instants = st.none() | st.sampled_from(INSTANTS)
terms = st.builds(
    Terms,
    permissions=permissions,
    starts_at=instants,
    expires_at=instants,
    granted_by=st.just("7"),
    granted_at=st.just(INSTANTS[0]),
    is_delegated=st.booleans(),
)
sources = st.dictionaries(st.sampled_from(WAYS), terms).map(
    lambda found: tuple(Source(way, found[way]) for way in WAYS if way in found)
)


@st.composite
def explanations(draw: st.DrawFn, language: Language) -> Explanation:
    """Anything that can be said of a person who is called as people are in the language."""
    names = NAMES[language]
    entry = names["entry"]
    library = Library(
        library_id="9",
        name=names["thing"],
        owner=draw(st.sampled_from(["1", "1", "42"])),
        state=draw(st.sampled_from([ResourceState.ACTIVE, *ResourceState])),
    )
    person = UserProfile(
        user_id="42",
        name=names["person"],
        state=draw(st.sampled_from([UserState.ACTIVE, UserState.ACTIVE, UserState.DEACTIVATED])),
    )
    hierarchy = Hierarchy(
        1,
        [Department(department_id=each, name=f"{entry}{each}") for each in "12"],
        [Role(role_id="1", name=f"{entry}1")],
        [Group(group_id=each, name=f"{entry}{each}") for each in "123"],
    )
    reaching = () if library.owner == "42" else draw(sources)
    above = tuple(each for each in reaching if each.principal == Principal(PrincipalKind.DEPARTMENT, "2"))
    stops = draw(st.booleans())
    facts = Facts(
        library,
        person,
        Directory(sharing_policy=draw(st.sampled_from(list(SharingPolicy)))),
        hierarchy,
        tuple(each for each in reaching if not (stops and each in above)),
        above if stops else (),
    )
    is_manager = draw(st.booleans())
    told = facts if is_manager else facts.without_misses(NOON)
    return explain(told, person, now=NOON, with_near_miss=is_manager, language=language)


def check_whole(sentence: str) -> None:
    """Neither a placeholder nor an empty name, and one space at most between two words."""
    assert not re.search(r"[{}]|None|''|\"\"|「」|\(\)|  |、、|。。|\.\.| [,.;:]", sentence), sentence


@given(explanations(Language.ENGLISH))
def test_an_english_sentence_is_whole_and_of_english_words(why: Explanation) -> None:
    check_whole(why.sentence)
    assert why.sentence.isascii()
    assert why.sentence.endswith(".")


@given(explanations(Language.JAPANESE))
def test_a_japanese_sentence_is_whole_and_holds_no_english(why: Explanation) -> None:
    check_whole(why.sentence)
    assert re.findall(r"[A-Za-z]+", why.sentence.replace("(UTC)", "")) == []
    assert re.search(r"(です|ます|ません|ました)((経路: .*))?。$", why.sentence) or why.sentence.endswith("。")


@pytest.mark.parametrize("language", list(Language))
@given(data=st.data())
def test_a_sentence_names_every_share_that_counts_or_is_outranked(language: Language, data: st.DataObject) -> None:
    why = data.draw(explanations(language))

    words = words_in(language)
    for source in why.sources:
        if why.verdict == "shared" and source.state in ("counts", "outranked"):
            by_person = source.principal.kind is PrincipalKind.INDIVIDUAL
            named = source.name if by_person else words.principal(source.principal.kind, source.name)
            assert named in why.sentence


def source_in(state: SourceState) -> ExplainedSource:
    return ExplainedSource(
        principal=Principal(PrincipalKind.DEPARTMENT, "1"),
        name="1",
        path=("2", "1"),
        path_names=("2", "1"),
        permissions=(Permission.READ,),
        state=state,
        starts_at=NOON,
        expires_at=NOON,
        granted_by="7",
        is_delegated=False,
    )


@pytest.mark.parametrize("language", list(Language))
def test_every_verdict_has_a_sentence_of_its_own(language: Language) -> None:
    sentences = {
        access_sentence(
            words_in(language),
            "1",
            "2",
            Reason(
                verdict=verdict,
                policy=SharingPolicy.PRECEDENCE,
                resource_state=ResourceState.ACTIVE,
                purge_at=NOON,
                permissions=frozenset(Permission),
                sources=tuple(source_in(state) for state in get_args(SourceState)),
                withheld=(),
            ),
        )
        for verdict in get_args(Verdict)
    }

    assert len(sentences) == len(get_args(Verdict))


@pytest.mark.parametrize("kind", [kind for kind in PrincipalKind if kind is not PrincipalKind.INDIVIDUAL])
@pytest.mark.parametrize("others", [0, 1, 2])
@pytest.mark.parametrize("language", list(Language))
def test_every_warning_has_a_sentence_of_its_own(language: Language, others: int, kind: PrincipalKind) -> None:
    named = NamedPrincipal(Principal(kind, "1"), NAMES[language]["entry"])
    sentences = [
        warning_sentence(
            words_in(language),
            "library",
            ShareWarning(
                kind=warning, principal=named, lost=(Permission.WRITE,), through=(named, named), others=others
            ),
        )
        for warning in get_args(WarningKind)
    ]

    assert len(set(sentences)) == len(get_args(WarningKind))
    for sentence in sentences:
        check_whole(sentence)
        assert sentence.isascii() == (language is Language.ENGLISH)


@pytest.mark.parametrize(("count", "words"), [(1, "1 more share starts later."), (2, "2 more shares start later.")])
def test_english_counts_one_and_many(count: int, words: str) -> None:
    assert words_in(Language.ENGLISH).more_start(count) == words


@pytest.mark.parametrize(
    ("instant", "english", "japanese"),
    [
        ("2026-04-01T12:00:00+00:00", "2026-04-01 12:00:00 UTC", "2026年4月1日 12:00:00(UTC)"),
        ("2026-04-01T08:59:59.999+09:00", "2026-03-31 23:59:59.999 UTC", "2026年3月31日 23:59:59.999(UTC)"),
    ],
)
def test_an_instant_is_told_in_utc_and_says_so(instant: str, english: str, japanese: str) -> None:
    at = datetime.fromisoformat(instant)

    assert (words_in(Language.ENGLISH).instant(at), words_in(Language.JAPANESE).instant(at)) == (english, japanese)


@pytest.mark.parametrize(
    ("name", "quoted"), [("Design", "'Design'"), ("Ann's", '"Ann\'s"'), ("""Ann's "own\"""", "'Ann's \"own\"'")]
)
def test_a_name_is_quoted_so_that_its_end_is_seen(name: str, quoted: str) -> None:
    assert words_in(Language.ENGLISH).thing("library", name) == f"library {quoted}"


def test_a_program_is_not_addressed_as_a_person() -> None:
    words = words_in(Language.JAPANESE)

    assert [words.person("夜間処理", is_service=each) for each in (False, True)] == ["夜間処理さん", "夜間処理"]
