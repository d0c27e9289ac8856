// Tones by priority, in pulse patterns after IEC 60601-1-8: high in bursts of ten, medium of three, low silent.
//
// A browser plays no sound before the user has touched the page. Until then `on` is false, and a banner shows it.

const PULSE_S = 0.15;
const RISE_S = 0.02;
const VOLUME = 0.4;
const BURSTS = {
  high: { pitchHz: 880, startsS: [0, 0.25, 0.5, 0.9, 1.15, 1.7, 1.95, 2.2, 2.6, 2.85], everyMs: 7000 },
  medium: { pitchHz: 587, startsS: [0, 0.3, 0.6], everyMs: 15000 },
};
const HARMONICS = [1, 0.5, 0.35, 0.2, 0.1]; // the ear cannot locate a pure sine in a room

/** Event: `change`, when the sound was turned on or off. */
export class Tones extends EventTarget {
  #context = new AudioContext();
  #wave = this.#context.createPeriodicWave(new Float32Array([0, ...HARMONICS]), new Float32Array(HARMONICS.length + 1));
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

  /** Play the burst of this priority ("high", "medium" or null) if it is due. Call it several times a second. */
  sound(priority) {
    const burst = BURSTS[priority];
    const nowMs = performance.now();
    if (!burst || !this.on || nowMs - this.#lastMs[priority] < burst.everyMs) return;
    this.#lastMs[priority] = nowMs;
    for (const startS of burst.startsS) this.#pulse(burst.pitchHz, this.#context.currentTime + startS);
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
