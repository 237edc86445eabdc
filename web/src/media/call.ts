import { THRIFTY_VOICING } from '../state/data_use'
import { savesData } from '../thrift'
import type { AnswerMedia, Offer } from '../wire.gen'
import { readAnswer, thriftyOffer } from './description'
import type { Received } from './health'
import type { Speakers } from './speakers'
import type { Heard } from './voices'

const MIC_MID = 'mic'
const SLOT_MID = /^s(\d+)$/

/** The own microphone's level, 0 to 1, or null where the browser does not tell; and packets sent so far. */
export interface Outgoing {
  readonly level: number | null
  readonly sent: number
}

export type CallEvent = 'connected' | 'disconnected' | 'failed'

/**
 * One media transport: an RTCPeerConnection that is agreed once. The microphone is plugged into its
 * sender later, voices come and go in fixed slots, and nothing is ever negotiated again but the path.
 */
export class Call {
  readonly #pc = new RTCPeerConnection({ bundlePolicy: 'max-bundle' })
  readonly #slots: RTCRtpReceiver[] = []
  /** Slots that wait until this transport takes another one's place; null once it sounds. */
  #held: Map<number, MediaStreamTrack> | null
  #mic: RTCRtpSender | null = null

  constructor(
    readonly peerId: string,
    private readonly speakers: Speakers,
    onEvent: (event: CallEvent) => void,
    isHeld = false,
  ) {
    this.#held = isHeld ? new Map() : null
    this.#pc.addEventListener('connectionstatechange', () => {
      const state = this.#pc.connectionState
      if (state === 'connected' || state === 'disconnected' || state === 'failed') onEvent(state)
    })
    this.#pc.addEventListener('track', ({ transceiver, track }) => {
      const slot = SLOT_MID.exec(transceiver.mid ?? '')?.[1]
      if (slot === undefined) return
      this.#slots[Number(slot)] = transceiver.receiver
      if (this.#held === null) this.speakers.attach(Number(slot), track)
      else this.#held.set(Number(slot), track)
    })
  }

  /** Take the first offer, or one with new credentials after a restart, and return what to answer. */
  async accept(offer: Offer, track: MediaStreamTrack | null): Promise<AnswerMedia> {
    const sdp = savesData() ? thriftyOffer(offer.sdp) : offer.sdp
    await this.#pc.setRemoteDescription({ type: 'offer', sdp })
    const mic = this.#pc.getTransceivers().find((transceiver) => transceiver.mid === MIC_MID)
    if (mic !== undefined && this.#mic === null) {
      mic.direction = 'sendonly'
      this.#mic = mic.sender
      if (track !== null) await this.#mic.replaceTrack(track)
    }
    await this.#pc.setLocalDescription(await this.#pc.createAnswer())
    return readAnswer(offer.peer_id, this.#pc.localDescription?.sdp ?? '')
  }

  /** Sound from now on, in the place of another transport. */
  sound(): void {
    for (const [slot, track] of this.#held ?? []) this.speakers.attach(slot, track)
    this.#held = null
  }

  /** Plug the microphone in, or pull it out. */
  async setTrack(track: MediaStreamTrack | null): Promise<void> {
    await this.#mic?.replaceTrack(track)
  }

  /** Send as little as can be understood, or as usual again. Packets get longer with the next transport only. */
  async thrift(isThrifty: boolean): Promise<void> {
    const terms = this.#mic?.getParameters()
    const encoding = terms?.encodings[0]
    if (terms === undefined || encoding === undefined) return
    if (isThrifty) encoding.maxBitrate = THRIFTY_VOICING.bitrate_bps
    else delete encoding.maxBitrate
    await this.#mic?.setParameters(terms)
  }

  /** What each slot let out last. */
  heard(): (Heard | null)[] {
    return this.#slots.map((receiver) => {
      const newest = receiver
        .getContributingSources()
        .reduce<RTCRtpContributingSource | null>(
          (a, b) => (a === null || b.timestamp > a.timestamp ? b : a),
          null,
        )
      if (newest === null) return null
      // A browser that gives no level for the voice gives one for the slot.
      const level = newest.audioLevel ?? receiver.getSynchronizationSources()[0]?.audioLevel ?? 1
      return { voice: newest.source, level, stamp_ms: newest.timestamp }
    })
  }

  /** What the own microphone gives and what has gone out. */
  async outgoing(): Promise<Outgoing> {
    let level: number | null = null
    let sent = 0
    const report = await this.#mic?.getStats()
    report?.forEach((stat: Record<string, unknown>) => {
      if (stat['type'] === 'media-source' && typeof stat['audioLevel'] === 'number')
        level = stat['audioLevel']
      if (stat['type'] === 'outbound-rtp') sent += count(stat, 'packetsSent')
    })
    return { level, sent }
  }

  async received(): Promise<Received> {
    let voice = 0
    let lost = 0
    let rest = 0
    const report = await this.#pc.getStats()
    report.forEach((stat: Record<string, unknown>) => {
      if (stat['type'] === 'inbound-rtp') {
        voice += count(stat, 'packetsReceived')
        lost += count(stat, 'packetsLost')
      }
      if (stat['type'] === 'transport') rest += count(stat, 'bytesReceived')
      if (stat['type'] === 'candidate-pair')
        rest += count(stat, 'responsesReceived') + count(stat, 'bytesReceived')
    })
    return { voice, lost, all: voice + rest }
  }

  close(): void {
    this.#pc.close()
  }
}

function count(stat: Record<string, unknown>, name: string): number {
  const value = stat[name]
  return typeof value === 'number' ? value : 0
}
