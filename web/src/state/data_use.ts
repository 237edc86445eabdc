/** What every packet costs beside its sound: IP, UDP, RTP with the level (RFC 6464), and the seal (RFC 3711). */
const HEAD_BYTES = 20 + 8 + 20 + 10

/** Bits a second of the sound that a microphone sends, and how much of it is in one packet. */
export interface Voicing {
  readonly bitrate_bps: number
  readonly packet_ms: number
}

/** What the server asks for where nobody says otherwise. */
export const USUAL_VOICING: Voicing = { bitrate_bps: 32_000, packet_ms: 20 }
export const THRIFTY_VOICING: Voicing = { bitrate_bps: 16_000, packet_ms: 60 }

/** Megabytes that an hour of talking without a pause costs. */
export function megabytesAnHour({ bitrate_bps, packet_ms }: Voicing): number {
  const packets_per_s = 1_000 / packet_ms
  const bytes_per_s = bitrate_bps / 8 + packets_per_s * HEAD_BYTES
  return (bytes_per_s * 3_600) / 1_000_000
}
