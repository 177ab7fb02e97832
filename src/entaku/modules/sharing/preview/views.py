"""What goes over the wire about previews."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import msgspec

from entaku.core.languages import Language
from entaku.modules.sharing.preview.comparing import Effect, EffectKind, Held, Step
from entaku.modules.sharing.preview.model import AppliesTo, Preview, PreviewState
from entaku.modules.sharing.preview.service import PreviewPage
from entaku.modules.sharing.preview.tally import Counts
from entaku.modules.sharing.preview.words import PreviewWords, effect_sentence, preview_words
from entaku.modules.sharing.sentences import NO_NAMES, KindNames, warning_sentence, words_in
from entaku.modules.sharing.shareable import Resource


class PreviewedPair(msgspec.Struct, frozen=True, kw_only=True):
    """What becomes of one user and one resource."""

    user_id: str
    user_name: str
    resource: Resource
    resource_name: str
    before: Held
    """Without the change. Of what happens by itself: just before the instant."""
    after: Held
    """With it."""
    sentence: str


class PairsByKind(msgspec.Struct, frozen=True, kw_only=True):
    """Pairs of this page by what becomes of them."""

    gains: tuple[PreviewedPair, ...] = ()
    """No access without the change, some with it."""
    loses: tuple[PreviewedPair, ...] = ()
    """Some without it, none with it."""
    changed: tuple[PreviewedPair, ...] = ()
    """Other permissions, or the same by a share of another level."""
    demoted: tuple[PreviewedPair, ...] = ()
    """Fewer permissions although a live share still grants them: a nearer one decides."""


class LaterView(PairsByKind, frozen=True, kw_only=True):
    """A later instant at which shares start or end, and what the change does from then on to whoever that concerns."""

    at: datetime
    counts: Counts
    """Of all pairs, exactly."""
    same_again: tuple[PreviewedPair, ...] = ()
    """Different until then, and no more."""
    sentence: str


class PreviewView(PairsByKind, frozen=True, kw_only=True):
    """Who gains, loses, is changed or demoted by a change, and when. The counts are of all pairs, exactly; pairs are
    named page by page."""

    preview_id: str | None
    """Where there is more to come, it is read at /api/previews/{id}, for 24 hours."""
    state: PreviewState
    applies_to: AppliesTo
    at: datetime
    """The instant of the change."""
    counts: Counts
    unchanged_count: int
    """Pairs that were looked at and are the same at that instant."""
    later: tuple[LaterView, ...]
    """The first 50 instants."""
    warnings: tuple[str, ...]
    sentences: tuple[str, ...]
    """Of the whole."""
    complete: bool
    """Whether everything is in this answer: every pair by name, and every later instant."""
    token: str | None
    """Send it as `preview` with this very change of shares: it is made only if it does exactly this. Of one that takes
    several steps it comes with the last one."""
    next_cursor: str | None
    """For the pairs that follow."""


def preview_view(
    page: PreviewPage, language: Language, *, is_first: bool = True, kinds: KindNames = NO_NAMES
) -> PreviewView:
    """A page of a preview in one language. `is_first`: no page came before it. `kinds`: what the language calls kinds
    of resource beside libraries."""
    preview, effects, words = page.preview, page.pairs.effects, preview_words(language, kinds)
    tally = preview.tally
    is_done = preview.state is PreviewState.DONE
    later = tuple(
        LaterView(
            at=each.at,
            counts=each.counts,
            sentence=words.counted(each.counts, each.at, is_of_one=preview.resource is not None),
            **_pairs(effects, each.at, words, is_later=True),
        )
        for each in tally.later
    )
    return PreviewView(
        preview_id=preview.preview_id if page.is_kept else None,
        state=preview.state,
        applies_to=preview.applies_to,
        at=preview.happens_at,
        counts=tally.counts,
        unchanged_count=tally.unchanged,
        later=later,
        warnings=_warnings(preview, language, kinds),
        sentences=_sentences(preview, words),
        complete=is_done and is_first and page.pairs.cursor is None and not tally.leaves_out_later,
        token=preview.token,
        next_cursor=page.pairs.cursor,
        **_pairs(effects, preview.happens_at, words, is_later=False),
    )


def _pairs(
    effects: Iterable[Effect], at: datetime, words: PreviewWords, *, is_later: bool
) -> dict[EffectKind, tuple[PreviewedPair, ...]]:
    """The pairs that are different from this instant on, by what becomes of them."""
    found: dict[EffectKind, list[PreviewedPair]] = {}
    for effect in effects:
        for step in effect.steps:
            if step.at == at:
                found.setdefault(step.kind, []).append(_pair(effect, step, words, is_later=is_later))
    return {kind: tuple(pairs) for kind, pairs in found.items()}


def _pair(effect: Effect, step: Step, words: PreviewWords, *, is_later: bool) -> PreviewedPair:
    return PreviewedPair(
        user_id=effect.user_id,
        user_name=effect.user_name,
        resource=effect.resource,
        resource_name=effect.resource_name,
        before=step.before,
        after=step.after,
        sentence=effect_sentence(words, effect, step, is_later=is_later),
    )


def _warnings(preview: Preview, language: Language, kinds: KindNames) -> tuple[str, ...]:
    kind = "" if preview.resource is None else preview.resource.kind
    said = [warning_sentence(words_in(language, kinds), kind, warning) for warning in preview.warnings]
    if preview.shares_released:
        said.append(preview_words(language).released(preview.shares_released))
    return tuple(said)


def _sentences(preview: Preview, words: PreviewWords) -> tuple[str, ...]:
    tally = preview.tally
    if preview.state is PreviewState.RUNNING:
        return (words.goes_on(tally.looked_at),)
    now, is_of_one = words.nothing(), preview.resource is not None
    if tally.counts.differing:
        now = words.among(tally.counts, tally.looked_at, is_of_one=is_of_one)
    return (now, *(words.counted(each.counts, each.at, is_of_one=is_of_one) for each in tally.later))
