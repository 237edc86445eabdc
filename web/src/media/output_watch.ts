import type { Output } from '../state/outputs'

export interface OutputListener {
  /** The devices are others than before; the ways out for sound are listed. */
  outputsChanged(before: readonly Output[], after: readonly Output[]): void
}

/** Watches which ways out for sound there are, until the signal aborts. */
export class OutputWatch {
  #outputs: readonly Output[] = []

  constructor(private readonly listener: OutputListener) {}

  async watch(stopped: AbortSignal): Promise<void> {
    const devices: MediaDevices | undefined = navigator.mediaDevices
    if (devices === undefined) return
    devices.addEventListener('devicechange', () => void this.look(), { signal: stopped })
    await this.look()
  }

  /** Look again: a browser names the devices only once the microphone was allowed. */
  async look(): Promise<void> {
    const all = await navigator.mediaDevices?.enumerateDevices().catch(() => null)
    if (all === null || all === undefined) return
    const before = this.#outputs
    this.#outputs = all.filter(({ kind }) => kind === 'audiooutput')
    this.listener.outputsChanged(before, this.#outputs)
  }
}
