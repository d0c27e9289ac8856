// Decodes binary strips; dashboard/feed/live.py describes the format.

const KIND_STRIP = 1;
const VERSION = 1;
const HEADER_BYTES = 28;
const decoder = new TextDecoder();

/** The strip in a frame, or null if this page does not know its kind or version. */
export function decodeStrip(buffer) {
  const header = new DataView(buffer);
  if (header.getUint8(0) !== KIND_STRIP || header.getUint8(1) !== VERSION) return null;
  const leads = header.getUint8(2);
  const idBytes = header.getUint8(3);
  const samples = header.getUint16(4, true);
  const first = HEADER_BYTES + idBytes + (idBytes % 2);
  return {
    streamId: decoder.decode(new Uint8Array(buffer, HEADER_BYTES, idBytes)),
    session: header.getUint32(8, true),
    startIndex: header.getFloat64(12, true),
    acquiredMs: header.getFloat64(20, true),
    leads: Array.from({ length: leads }, (_, lead) => new Int16Array(buffer, first + 2 * lead * samples, samples)),
  };
}
