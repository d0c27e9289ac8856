"""Chunks in the order of their samples: what came twice, late, out of order or not at all.

Kafka may repeat and a device may skip; the signal path behind this sees every sample of a session once, in order,
with each gap as a length. A chunk that runs ahead is held until the ones before it come, for at most ``HOLD_S``.
"""

import msgspec

from wardbeat.messages import EcgChunk

HOLD_S = 2.0
"""A missing chunk is waited for this long, in sample time: late Kafka retries come within it."""
LONG_GAP_S = 60.0
"""After a gap as long as this nothing that was known of the signal holds: the session's signal path starts anew."""
REMEMBERED_SESSIONS = 8


class Counts(msgspec.Struct):
    """What became of a stream's chunks."""

    chunks: int = 0
    repeated: int = 0
    late_session: int = 0
    out_of_order: int = 0
    gaps: int = 0
    gap_samples: int = 0
    format_changes: int = 0


class Piece(msgspec.Struct, frozen=True):
    """The next stretch of signal: ``gap`` missing samples, then ``chunk`` from its sample ``skip`` on.

    ``restart`` says that no state of the signal path may be carried over.
    """

    chunk: EcgChunk
    gap: int = 0
    skip: int = 0
    restart: bool = False


class Ordering(msgspec.Struct):
    """Where a stream stands: its session, the next sample that is due, the chunks that wait."""

    session_id: str = ""
    next_sample: int = 0
    held: list[EcgChunk] = []
    former_sessions: list[str] = []
    fs: float = 0.0
    sig_name: tuple[str, ...] = ()
    over: bool = False
    """Whether the final chunk has been passed on."""
    counts: Counts = msgspec.field(default_factory=Counts)

    def take(self, chunk: EcgChunk) -> list[Piece]:
        """Take one chunk in and give the pieces of signal that are ready, in order."""
        self.counts.chunks += 1
        if chunk.session_id in self.former_sessions:
            self.counts.late_session += 1
            return []
        pieces: list[Piece] = []
        if chunk.session_id != self.session_id:
            pieces += self._release()
            self._begin(chunk)
            return [*pieces, self._piece(chunk, restart=True)]
        if _end(chunk) <= self.next_sample:
            self.counts.repeated += 1
            return []
        if chunk.first_sample > self.next_sample:
            return self._hold(chunk)
        return [self._piece(chunk), *self._follow()]

    def _begin(self, chunk: EcgChunk) -> None:
        if self.session_id:
            self.former_sessions = [*self.former_sessions, self.session_id][-REMEMBERED_SESSIONS:]
        self.session_id = chunk.session_id
        self.next_sample = chunk.first_sample
        self.fs, self.sig_name = chunk.fs, chunk.sig_name

    def _hold(self, chunk: EcgChunk) -> list[Piece]:
        if any(held.first_sample <= chunk.first_sample and _end(held) >= _end(chunk) for held in self.held):
            self.counts.repeated += 1
            return []
        self.counts.out_of_order += 1
        self.held = sorted([*self.held, chunk], key=lambda held: held.first_sample)
        if any(held.final for held in self.held):
            return self._release()
        pieces: list[Piece] = []
        while self.held and max(map(_end, self.held)) - self.next_sample > HOLD_S * chunk.fs:
            overdue, self.held = self.held[0], self.held[1:]
            pieces += [self._piece(overdue), *self._follow()]
        return pieces

    def _release(self) -> list[Piece]:
        """Everything that waits, with the gaps that are left between."""
        waiting, self.held = self.held, []
        return [self._piece(chunk) for chunk in waiting if _end(chunk) > self.next_sample]

    def _follow(self) -> list[Piece]:
        """What waited for just this chunk."""
        pieces: list[Piece] = []
        while self.held and self.held[0].first_sample <= self.next_sample:
            chunk, self.held = self.held[0], self.held[1:]
            if _end(chunk) > self.next_sample:
                pieces.append(self._piece(chunk))
            else:
                self.counts.repeated += 1
        return pieces

    def _piece(self, chunk: EcgChunk, restart: bool = False) -> Piece:
        if (chunk.fs, chunk.sig_name) != (self.fs, self.sig_name):
            self.counts.format_changes += 1
            self.fs, self.sig_name = chunk.fs, chunk.sig_name
            restart = True
        gap = max(0, chunk.first_sample - self.next_sample)
        skip = max(0, self.next_sample - chunk.first_sample)
        if gap:
            self.counts.gaps += 1
            self.counts.gap_samples += gap
        restart = restart or gap > LONG_GAP_S * chunk.fs or self.over
        self.over = chunk.final
        self.next_sample = _end(chunk)
        return Piece(chunk=chunk, gap=0 if restart else gap, skip=skip, restart=restart)


def _end(chunk: EcgChunk) -> int:
    return chunk.first_sample + chunk.n_samples
