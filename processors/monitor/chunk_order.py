"""Chunks in the order of their samples: what came twice, late, out of order, contradictory or not at all.

Kafka may repeat and a device may skip; the signal path behind this sees every sample of a session once, in order,
with each gap as a length. A chunk that runs ahead is held until the ones before it come, for at most ``HOLD_S``. Each
is taken, held, a repeat, or refused, and counted as what it is; none disappears.
"""

import msgspec

from processors.monitor.received_signal import ReceivedSignal, differ, end_of
from wardbeat.contracts.dead_letter_kinds import Refusal
from wardbeat.contracts.messages import EcgChunk

HOLD_S = 2.0
"""A missing chunk is waited for this long, in sample time: late Kafka retries come within it."""
LONG_GAP_S = 60.0
"""After a gap as long as this nothing that was known of the signal holds: the session's signal path starts anew."""
REMEMBERED_SESSIONS = 8
CONFLICT_AFTER_S = HOLD_S
"""New signal of a session that was replaced, longer than what may come late, is a second device's."""
CONFLICT_OVER_S = 10.0
"""A second device that was not heard for so long, in the signal of the first, is gone (our choice)."""
RETURN_AFTER_S = 5.0
"""A device that is heard alone for so long is the one that is left (our choice)."""


class ChunkCounts(msgspec.Struct):
    """What became of a stream's chunks: ``chunks`` are all, each of them is held or one of the next five.

    The others are what happened to the signal: chunks that came before their turn, gaps and how long they are
    together, and changes of the sampling rate or the leads within a session.
    """

    chunks: int = 0
    taken: int = 0
    repeated: int = 0
    late: int = 0
    contradictory: int = 0
    replaced: int = 0
    out_of_order: int = 0
    gaps: int = 0
    missing_s: float = 0.0
    format_changes: int = 0


class Piece(msgspec.Struct, frozen=True):
    """The next stretch of signal: ``gap`` missing samples, then ``chunk`` from its sample ``skip`` on.

    ``restart`` says that no state of the signal path may be carried over.
    """

    chunk: EcgChunk
    gap: int = 0
    skip: int = 0
    restart: bool = False


class Refused(msgspec.Struct, frozen=True):
    """A chunk that has no place in the signal."""

    chunk: EcgChunk
    refusal: Refusal

    @property
    def stream_id(self) -> str:
        return self.chunk.stream_id


class SecondDevice(msgspec.Struct):
    """What came of a second device: of sessions that another one has replaced, or contradictory.

    ``alone_s`` counts from the last chunk of the session in service; ``own_s`` is what came of that one since the rival
    was last heard.
    """

    received_s: float = 0.0
    alone_s: float = 0.0
    own_s: float = 0.0

    def add(self, seconds: float) -> None:
        """So much of it has come."""
        self.received_s += seconds
        self.alone_s += seconds
        self.own_s = 0.0


class ChunkOrder(msgspec.Struct):
    """Where a stream stands: its session, the next sample that is due, the chunks that wait."""

    session_id: str = ""
    next_sample: int = 0
    held: list[EcgChunk] = []
    received: ReceivedSignal = msgspec.field(default_factory=ReceivedSignal)
    former: dict[str, int] = {}
    """The sample that was due next of each session that was replaced, the latest last."""
    rival: SecondDevice = msgspec.field(default_factory=SecondDevice)
    fs: float = 0.0
    sig_name: tuple[str, ...] = ()
    over: bool = False
    """Whether the final chunk has been passed on."""

    def take(self, chunk: EcgChunk, counts: ChunkCounts) -> list[Piece | Refused]:
        """Take one chunk in, and give the pieces of signal that are ready, in order; or refuse the chunk."""
        counts.chunks += 1
        if chunk.session_id in self.former:
            return self._take_former(chunk, counts)
        if chunk.session_id != self.session_id:
            return self._begin(chunk, counts, missed=chunk.first_sample)
        if self._contradicts(chunk):
            self.rival.add(chunk.n_samples / chunk.fs)
            counts.contradictory += 1
            return [Refused(chunk, "contradictory")]
        if end_of(chunk) <= self.next_sample:
            return self._take_known(chunk, counts)
        self._note_own(chunk)
        if chunk.first_sample > self.next_sample:
            return self._hold(chunk, counts)
        return [self._piece(chunk, counts), *self._follow(counts)]

    @property
    def conflict(self) -> bool:
        """Whether two devices send on this stream."""
        return self.rival.received_s >= CONFLICT_AFTER_S

    def _begin(self, chunk: EcgChunk, counts: ChunkCounts, missed: int) -> list[Piece | Refused]:
        """Another session takes the place of the one that was; so many samples before its first are missing."""
        pieces = self._follow(counts, waits=False)
        if self.session_id:
            former = [*self.former.items(), (self.session_id, self.next_sample)][-REMEMBERED_SESSIONS:]
            self.former = {session: sample for session, sample in former if session != chunk.session_id}
        self.rival = SecondDevice()
        self.received = ReceivedSignal(gaps=[(chunk.first_sample - missed, chunk.first_sample)] if missed else [])
        self.session_id = chunk.session_id
        self.next_sample = chunk.first_sample
        self.fs, self.sig_name = chunk.fs, chunk.sig_name
        return [*pieces, self._piece(chunk, counts, restart=True)]

    def _take_former(self, chunk: EcgChunk, counts: ChunkCounts) -> list[Piece | Refused]:
        """A chunk of a session that was replaced: a second device's, unless only its device is left."""
        new_samples = end_of(chunk) - max(self.former[chunk.session_id], chunk.first_sample)
        if new_samples <= 0:
            counts.repeated += 1
            return []
        self.former[chunk.session_id] = end_of(chunk)
        self.rival.add(new_samples / chunk.fs)
        if self.rival.alone_s >= (CONFLICT_AFTER_S if self.over else RETURN_AFTER_S):
            return self._begin(chunk, counts, missed=0)
        counts.replaced += 1
        return [Refused(chunk, "replaced")]

    def _contradicts(self, chunk: EcgChunk) -> bool:
        if chunk.first_sample >= self.next_sample and not self.held:
            return False
        return self.received.contradicts(chunk) or any(differ(chunk, held) for held in self.held)

    def _take_known(self, chunk: EcgChunk, counts: ChunkCounts) -> list[Piece | Refused]:
        """A chunk that has nothing new: it came before, or is too late."""
        if self.received.misses(chunk):
            counts.late += 1
            return [Refused(chunk, "late")]
        counts.repeated += 1
        return []

    def _note_own(self, chunk: EcgChunk) -> None:
        """Note what came of the session in service."""
        if not self.rival.received_s:
            return
        self.rival.alone_s = 0.0
        self.rival.own_s += chunk.n_samples / chunk.fs
        if self.rival.own_s >= CONFLICT_OVER_S:
            self.rival = SecondDevice()

    def _hold(self, chunk: EcgChunk, counts: ChunkCounts) -> list[Piece | Refused]:
        if any(held.first_sample <= chunk.first_sample and end_of(held) >= end_of(chunk) for held in self.held):
            counts.repeated += 1
            return []
        counts.out_of_order += 1
        self.held = sorted([*self.held, chunk], key=lambda held: held.first_sample)
        return self._follow(counts, waits=not any(held.final for held in self.held))

    def _follow(self, counts: ChunkCounts, *, waits: bool = True) -> list[Piece | Refused]:
        """Of what is held all that is due or overdue; everything, with the gaps between, if nothing ``waits``."""
        pieces: list[Piece | Refused] = []
        while self.held and (self._is_due() or not waits):
            chunk, self.held = self.held[0], self.held[1:]
            if end_of(chunk) > self.next_sample:
                pieces.append(self._piece(chunk, counts))
            else:
                counts.repeated += 1
        return pieces

    def _is_due(self) -> bool:
        first = self.held[0]
        ahead = max(map(end_of, self.held)) - self.next_sample
        return first.first_sample <= self.next_sample or ahead > HOLD_S * first.fs

    def _piece(self, chunk: EcgChunk, counts: ChunkCounts, *, restart: bool = False) -> Piece:
        if (chunk.fs, chunk.sig_name) != (self.fs, self.sig_name):
            counts.format_changes += 1
            self.fs, self.sig_name = chunk.fs, chunk.sig_name
            restart = True
        gap = max(0, chunk.first_sample - self.next_sample)
        skip = max(0, self.next_sample - chunk.first_sample)
        if gap:
            counts.gaps += 1
            counts.missing_s += gap / chunk.fs
        counts.taken += 1
        self.received.add(chunk, gap)
        restart = restart or gap > LONG_GAP_S * chunk.fs or self.over
        self.over = chunk.final
        self.next_sample = end_of(chunk)
        return Piece(chunk=chunk, gap=0 if restart else gap, skip=skip, restart=restart)
