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
CONFLICT_AFTER_S = HOLD_S
"""New signal of a session that was replaced, longer than what may come late, is a second device's."""
CONFLICT_OVER_S = 10.0
"""A second device that was not heard for so long, in the signal of the first, is gone (our choice)."""
RETURN_AFTER_S = 5.0
"""A device that is heard alone for so long is the one that is left (our choice)."""


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


class Rival(msgspec.Struct):
    """What came of sessions that another one has replaced: late chunks, or a second device's.

    ``alone_s`` counts from the last chunk of the session that replaced them; ``own_s`` is what came of that one since
    the rival was last heard.
    """

    heard_s: float = 0.0
    alone_s: float = 0.0
    own_s: float = 0.0


class Ordering(msgspec.Struct):
    """Where a stream stands: its session, the next sample that is due, the chunks that wait."""

    session_id: str = ""
    next_sample: int = 0
    held: list[EcgChunk] = []
    former: dict[str, int] = {}
    """The sample that was due next of each session that was replaced, the latest last."""
    rival: Rival = msgspec.field(default_factory=Rival)
    fs: float = 0.0
    sig_name: tuple[str, ...] = ()
    over: bool = False
    """Whether the final chunk has been passed on."""
    counts: Counts = msgspec.field(default_factory=Counts)

    def take(self, chunk: EcgChunk) -> list[Piece]:
        """Take one chunk in and give the pieces of signal that are ready, in order."""
        self.counts.chunks += 1
        if chunk.session_id in self.former:
            self.counts.late_session += 1
            return self._begin(chunk) if self._is_left_alone(chunk) else []
        if chunk.session_id != self.session_id:
            return self._begin(chunk)
        if _end(chunk) <= self.next_sample:
            self.counts.repeated += 1
            return []
        self._hear_own(chunk)
        if chunk.first_sample > self.next_sample:
            return self._hold(chunk)
        return [self._piece(chunk), *self._follow()]

    @property
    def conflict(self) -> bool:
        """Whether two devices send on this stream."""
        return self.rival.heard_s >= CONFLICT_AFTER_S

    def _begin(self, chunk: EcgChunk) -> list[Piece]:
        """Another session takes the place of the one that was."""
        pieces = self._release()
        if self.session_id:
            former = [*self.former.items(), (self.session_id, self.next_sample)][-REMEMBERED_SESSIONS:]
            self.former = {session: sample for session, sample in former if session != chunk.session_id}
        self.rival = Rival()
        self.session_id = chunk.session_id
        self.next_sample = chunk.first_sample
        self.fs, self.sig_name = chunk.fs, chunk.sig_name
        return [*pieces, self._piece(chunk, restart=True)]

    def _is_left_alone(self, chunk: EcgChunk) -> bool:
        """Note what came of a former session; whether only its device is left."""
        new_samples = _end(chunk) - max(self.former[chunk.session_id], chunk.first_sample)
        if new_samples <= 0:
            return False
        self.former[chunk.session_id] = _end(chunk)
        rival, seconds = self.rival, new_samples / chunk.fs
        rival.heard_s += seconds
        rival.alone_s += seconds
        rival.own_s = 0.0
        return rival.alone_s >= (CONFLICT_AFTER_S if self.over else RETURN_AFTER_S)

    def _hear_own(self, chunk: EcgChunk) -> None:
        """Note what came of the session in service."""
        if not self.rival.heard_s:
            return
        self.rival.alone_s = 0.0
        self.rival.own_s += chunk.n_samples / chunk.fs
        if self.rival.own_s >= CONFLICT_OVER_S:
            self.rival = Rival()

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
