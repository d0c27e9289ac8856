"""Chunks in the order of their samples, also if they come twice, late, out of order, contradictory or not at all.

Kafka may repeat a chunk and a device may skip one. This module gives the signal path every sample of a session once, in
order, and each gap as a length. A chunk that comes too early waits for the ones before it, for at most ``HOLD_S``. Each
chunk is taken, held, repeated or refused, and counted as that; none disappears.
"""

import msgspec

from processors.monitor.received_signal import ReceivedSignal, differ, end_of
from wardbeat.contracts.dead_letter_kinds import Refusal
from wardbeat.contracts.messages import EcgChunk

HOLD_S = 2.0
"""A missing chunk may come up to 2 s of sample time late: late Kafka retries come within it."""
LONG_GAP_S = 60.0
"""After a longer gap than 60 s the signal path starts again, because nothing it knows about the signal holds."""
REMEMBERED_SESSIONS = 8
CONFLICT_AFTER_S = HOLD_S
"""More new signal than this of a replaced session comes from a second device: late chunks are shorter."""
CONFLICT_ENDS_AFTER_S = 10.0
"""A second device is gone if it sends nothing for 10 s of the first one's signal (our choice)."""
RETURN_AFTER_S = 5.0
"""A replaced device that sends alone for 5 s is the one that is left (our choice)."""


class ChunkCounts(msgspec.Struct):
    """What happened to a stream's chunks: ``chunks`` counts all; each is held or counted in one of the next five.

    The others count what happened to the signal: chunks that came too early, gaps and their total length, and changes
    of the sampling rate or the leads within a session.
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

    With ``restart`` the signal path starts again, without any state from before.
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
    """The signal of a second device: of sessions that another session replaced, or contradictory.

    Attributes
    ----------
    received_s : float
        Seconds of signal of the second device.
    alone_s : float
        Those since the last chunk of the current session.
    own_s : float
        Seconds of signal of the current session since the last chunk of the second device.
    """

    received_s: float = 0.0
    alone_s: float = 0.0
    own_s: float = 0.0

    def add(self, seconds: float) -> None:
        """Count this many seconds of the second device's signal."""
        self.received_s += seconds
        self.alone_s += seconds
        self.own_s = 0.0


class ChunkOrder(msgspec.Struct):
    """The position in a stream: its current session, the next sample that is due, the chunks that wait."""

    session_id: str = ""
    next_sample: int = 0
    held: list[EcgChunk] = []
    received: ReceivedSignal = msgspec.field(default_factory=ReceivedSignal)
    replaced: dict[str, int] = {}
    """By replaced session, the latest last: the sample that was due next."""
    second_device: SecondDevice = msgspec.field(default_factory=SecondDevice)
    fs: float = 0.0
    sig_name: tuple[str, ...] = ()
    ended: bool = False
    """Whether the session has ended: its final chunk has been taken."""

    def take(self, chunk: EcgChunk, counts: ChunkCounts) -> list[Piece | Refused]:
        """Take in one chunk: return the pieces of signal that are ready, in order, or refuse the chunk."""
        counts.chunks += 1
        if chunk.session_id in self.replaced:
            return self._take_replaced(chunk, counts)
        if chunk.session_id != self.session_id:
            return self._begin(chunk, counts, missed=chunk.first_sample)
        if self._contradicts(chunk):
            self.second_device.add(chunk.n_samples / chunk.fs)
            counts.contradictory += 1
            return [Refused(chunk, "contradictory")]
        if end_of(chunk) <= self.next_sample:
            return self._take_known(chunk, counts)
        self._note_own(chunk)
        if chunk.first_sample > self.next_sample:
            return self._hold(chunk, counts)
        return [self._piece(chunk, counts), *self._release(counts)]

    @property
    def conflict(self) -> bool:
        """Whether two devices send on this stream."""
        return self.second_device.received_s >= CONFLICT_AFTER_S

    def _begin(self, chunk: EcgChunk, counts: ChunkCounts, missed: int) -> list[Piece | Refused]:
        """Begin another session, which lacks ``missed`` samples before its first, in place of the current one."""
        pieces = self._release(counts, everything=True)
        if self.session_id:
            replaced = [*self.replaced.items(), (self.session_id, self.next_sample)][-REMEMBERED_SESSIONS:]
            self.replaced = {session: sample for session, sample in replaced if session != chunk.session_id}
        self.second_device = SecondDevice()
        self.received = ReceivedSignal(gaps=[(chunk.first_sample - missed, chunk.first_sample)] if missed else [])
        self.session_id = chunk.session_id
        self.next_sample = chunk.first_sample
        self.fs, self.sig_name = chunk.fs, chunk.sig_name
        return [*pieces, self._piece(chunk, counts, restart=True)]

    def _take_replaced(self, chunk: EcgChunk, counts: ChunkCounts) -> list[Piece | Refused]:
        """A chunk of a replaced session comes from a second device, unless only that device is left."""
        new_samples = end_of(chunk) - max(self.replaced[chunk.session_id], chunk.first_sample)
        if new_samples <= 0:
            counts.repeated += 1
            return []
        self.replaced[chunk.session_id] = end_of(chunk)
        self.second_device.add(new_samples / chunk.fs)
        if self.second_device.alone_s >= (CONFLICT_AFTER_S if self.ended else RETURN_AFTER_S):
            return self._begin(chunk, counts, missed=0)
        counts.replaced += 1
        return [Refused(chunk, "replaced")]

    def _contradicts(self, chunk: EcgChunk) -> bool:
        if chunk.first_sample >= self.next_sample and not self.held:
            return False
        return self.received.contradicts(chunk) or any(differ(chunk, held) for held in self.held)

    def _take_known(self, chunk: EcgChunk, counts: ChunkCounts) -> list[Piece | Refused]:
        """A chunk without new samples is a repeat, or too late."""
        if self.received.misses(chunk):
            counts.late += 1
            return [Refused(chunk, "late")]
        counts.repeated += 1
        return []

    def _note_own(self, chunk: EcgChunk) -> None:
        """Note that the current session sent a chunk."""
        if not self.second_device.received_s:
            return
        self.second_device.alone_s = 0.0
        self.second_device.own_s += chunk.n_samples / chunk.fs
        if self.second_device.own_s >= CONFLICT_ENDS_AFTER_S:
            self.second_device = SecondDevice()

    def _hold(self, chunk: EcgChunk, counts: ChunkCounts) -> list[Piece | Refused]:
        if any(held.first_sample <= chunk.first_sample and end_of(held) >= end_of(chunk) for held in self.held):
            counts.repeated += 1
            return []
        counts.out_of_order += 1
        self.held = sorted([*self.held, chunk], key=lambda held: held.first_sample)
        return self._release(counts, everything=any(held.final for held in self.held))

    def _release(self, counts: ChunkCounts, *, everything: bool = False) -> list[Piece | Refused]:
        """The held chunks that are due or overdue; with ``everything`` all of them, with the gaps between."""
        pieces: list[Piece | Refused] = []
        while self.held and (everything or self._is_due()):
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
        restart = restart or gap > LONG_GAP_S * chunk.fs or self.ended
        self.ended = chunk.final
        self.next_sample = end_of(chunk)
        return Piece(chunk=chunk, gap=0 if restart else gap, skip=skip, restart=restart)
