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
