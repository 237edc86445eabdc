import { THRIFTY_VOICING } from '../state/data_use'
import type { AnswerMedia } from '../wire.gen'

/**
 * Read out of our own session description what the server needs: the certificate's hashes and the DTLS
 * role. Nothing else of it ever leaves the page.
 *
 * Throws if the browser wrote a description without them.
 */
export function readAnswer(peerId: string, sdp: string): AnswerMedia {
  const lines = sdp.split(/\r?\n/)
  const values = (name: string) =>
    lines.filter((line) => line.startsWith(`a=${name}:`)).map((line) => line.slice(name.length + 3).trim())
  const hashes = [...new Set(values('fingerprint'))]
  const setup = values('setup')[0]
  if (setup === undefined || hashes.length === 0)
    throw new Error('a description without fingerprint or setup')
  const fingerprints = hashes.map((hash) => {
    const [algorithm = '', value = ''] = hash.split(' ')
    return { algorithm: algorithm.toLowerCase(), value }
  })
  return { peer_id: peerId, fingerprints, setup }
}

const MIC_LINE = /^a=mid:mic\r?$/m

/**
 * Change the server's offer as a browser reads it that sends as little as it can: a lower rate, and longer packets.
 * The server takes packets of any length that it names itself (RFC 8866, ptime and maxptime); it is not told.
 */
export function thriftyOffer(sdp: string): string {
  const { bitrate_bps, packet_ms } = THRIFTY_VOICING
  const longest_ms = Number(/^a=maxptime:(\d+)/m.exec(sdp)?.[1] ?? 20)
  return sdp
    .split(/^(?=m=)/m)
    .map((section) =>
      MIC_LINE.test(section)
        ? section
            .replace(/maxaveragebitrate=\d+/, `maxaveragebitrate=${bitrate_bps}`)
            .replace(/^a=ptime:\d+/m, `a=ptime:${Math.min(packet_ms, longest_ms)}`)
        : section,
    )
    .join('')
}
