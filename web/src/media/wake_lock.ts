/** Keeps the screen on while in a room, since phones cut off pages behind a dark screen. */
export class WakeLock {
  #lock: WakeLockSentinel | null = null
  #isWanted = false

  /** Ask for it; without support or permission the screen simply does as it always does. */
  async take(): Promise<void> {
    this.#isWanted = true
    if (document.visibilityState !== 'visible' || !('wakeLock' in navigator)) return
    try {
      const lock = await navigator.wakeLock.request('screen')
      if (this.#isWanted) this.#lock = lock
      else await lock.release()
    } catch {
      // Low battery, or the browser said no: nothing depends on it.
    }
  }

  /** The system drops the lock with the page; take it again when the page is back. */
  onVisible(): void {
    if (this.#isWanted && (this.#lock === null || this.#lock.released)) void this.take()
  }

  drop(): void {
    this.#isWanted = false
    void this.#lock?.release().catch(() => undefined)
    this.#lock = null
  }
}
