// Tones by priority, in pulse patterns after IEC 60601-1-8: high in bursts of ten, medium of three, low silent.
//
// One more tone is always due in a few seconds on the audio clock, which runs beside the page. The page postpones it. It
// plays if the page is blocked or stopped and postpones no more.
//
// A browser plays no sound before the user has touched the page. Until then `on` is false, and a banner shows it.

const NEW_AFTER_MS = 500;
const PULSE_S = 0.15;
const RISE_S = 0.02;
const VOLUME = 0.4;
const BURSTS = {
  high: { pitchHz: 880, startsS: [0, 0.25, 0.5, 0.9, 1.15, 1.7, 1.95, 2.2, 2.6, 2.85], everyMs: 7000 },
  medium: { pitchHz: 587, startsS: [0, 0.3, 0.6], everyMs: 15000 },
};
const BLOCKED_AFTER_S = 4;
const BLOCKED = { pitchHz: 660, startsS: [0, 0.3, 0.6], everyS: 2 };
const HARMONICS = [1, 0.5, 0.35, 0.2, 0.1]; // the ear cannot locate a pure sine in a room

/** Event: `change`, when the sound was turned on or off. */
export class Tones extends EventTarget {
  #context = new AudioContext();
  #wave = this.#context.createPeriodicWave(new Float32Array([0, ...HARMONICS]), new Float32Array(HARMONICS.length + 1));
  #blocked = null;
  #lastMs = { high: -Infinity, medium: -Infinity };

  constructor() {
    super();
    this.#context.addEventListener("statechange", () => this.dispatchEvent(new Event("change")));
    const wake = () => this.#context.resume();
    for (const touch of ["pointerdown", "keydown"]) document.addEventListener(touch, wake);
  }

  get on() {
    return this.#context.state === "running";
  }

  /**
   * Play the burst of this priority ("high", "medium" or null) if it is due. Call it several times a second. What is new
   * does not wait for the end of the interval.
   */
  sound(priority, isNew = false) {
    const burst = BURSTS[priority];
    const nowMs = performance.now();
    if (isNew && burst && nowMs - this.#lastMs[priority] > 1000 * burst.startsS.at(-1) + NEW_AFTER_MS) this.#lastMs[priority] = -Infinity;
    if (!burst || !this.on || nowMs - this.#lastMs[priority] < burst.everyMs) return;
    this.#lastMs[priority] = nowMs;
    for (const startS of burst.startsS) this.#pulse(burst.pitchHz, this.#context.currentTime + startS);
  }

  /** Postpone the tone of a blocked page. Call it several times a second. */
  postpone() {
    if (!this.on) return;
    this.#blocked ??= this.#blockedTone();
    const nowS = this.#context.currentTime;
    this.#blocked.cancelScheduledValues(0);
    this.#blocked.setValueAtTime(0, nowS);
    this.#blocked.setValueAtTime(VOLUME, nowS + BLOCKED_AFTER_S);
  }

  /** The volume of the tone of a blocked page. It repeats for ever, and nobody hears it while the volume is 0. */
  #blockedTone() {
    const { sampleRate } = this.#context;
    const buffer = this.#context.createBuffer(1, Math.round(BLOCKED.everyS * sampleRate), sampleRate);
    const samples = buffer.getChannelData(0);
    for (const startS of BLOCKED.startsS) {
      for (let i = 0; i < PULSE_S * sampleRate; i++) {
        const tS = i / sampleRate;
        const edge = Math.min(1, tS / RISE_S, (PULSE_S - tS) / RISE_S);
        const tone = HARMONICS.reduce((sum, height, n) => sum + height * Math.sin(2 * Math.PI * BLOCKED.pitchHz * (n + 1) * tS), 0);
        samples[Math.round(startS * sampleRate) + i] = (edge * tone) / HARMONICS.length;
      }
    }
    const source = this.#context.createBufferSource();
    const volume = this.#context.createGain();
    volume.gain.value = 0;
    source.buffer = buffer;
    source.loop = true;
    source.connect(volume).connect(this.#context.destination);
    source.start();
    return volume.gain;
  }

  #pulse(pitchHz, startS) {
    const tone = this.#context.createOscillator();
    const volume = this.#context.createGain();
    tone.setPeriodicWave(this.#wave);
    tone.frequency.value = pitchHz;
    volume.gain.setValueAtTime(0, startS);
    volume.gain.linearRampToValueAtTime(VOLUME, startS + RISE_S);
    volume.gain.setValueAtTime(VOLUME, startS + PULSE_S - RISE_S);
    volume.gain.linearRampToValueAtTime(0, startS + PULSE_S);
    tone.connect(volume).connect(this.#context.destination);
    tone.start(startS);
    tone.stop(startS + PULSE_S);
  }
}
