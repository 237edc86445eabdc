// A client written from docs/PROTOCOL.md on another WebRTC stack (libwebrtc as packed by @roamhq/wrtc).
// It joins a room, may play a tone, listens for one, and prints one JSON object.
//
//   node client.mjs --url http://127.0.0.1:8080 --room talk --name Nod --hears 440 [--plays 880] [--seconds 15]
//
// With --plays it stays until the time is over, so that others can listen to it.
import { parseArgs } from 'node:util'
import wrtc from '@roamhq/wrtc'
import { io } from 'socket.io-client'
import { Goertzel } from './goertzel.mjs'

const { values: given } = parseArgs({
  options: {
    url: { type: 'string' },
    room: { type: 'string', default: 'talk' },
    name: { type: 'string', default: 'Second client' },
    hears: { type: 'string', default: '440' },
    plays: { type: 'string', default: '0' },
    seconds: { type: 'string', default: '15' },
  },
})
const MARGIN_DB = 20
const QUIET_DB = -60
const RATE = 48_000
const CHUNK = RATE / 100 // the stack wants exactly 10 ms at a time

const socket = io(given.url, {
  transports: ['websocket'],
  reconnection: false,
  auth: { protocol: 1 },
  extraHeaders: { Origin: new URL(given.url).origin },
})
const ask = async (event, payload) => {
  const answer = await socket.timeout(10_000).emitWithAck(event, payload)
  if (answer.type === 'refused') throw new Error(`${event} was refused: ${answer.code}`)
  return answer
}

const peer = new wrtc.RTCPeerConnection()
const listening = new Goertzel(Number(given.hears), RATE)
const found = { joined: false, members: 0, heard: false, tone_db: -200, rest_db: -200, windows: 0, played: false }
let settle
const heard = new Promise((resolve) => {
  settle = resolve
})
const sinks = []
peer.ontrack = ({ track, transceiver }) => {
  if (transceiver.mid === 'mic') return
  const sink = new wrtc.nonstandard.RTCAudioSink(track)
  sinks.push(sink)
  sink.ondata = ({ samples, sampleRate, channelCount }) => {
    if (sampleRate !== RATE) return
    const measured = listening.add(track.id, samples, channelCount)
    if (!measured) return
    found.windows += 1
    if (measured.tone_db < QUIET_DB) return
    Object.assign(found, measured)
    if (measured.tone_db >= measured.rest_db + MARGIN_DB) {
      found.heard = true
      settle()
    }
  }
}

/** Answer an offer as the protocol says: nothing of our description but fingerprint and role is sent. */
const answerOffer = async ({ peer_id, sdp }) => {
  await peer.setRemoteDescription({ type: 'offer', sdp })
  const microphone = peer.getTransceivers().find((one) => one.mid === 'mic')
  microphone.direction = 'sendonly'
  await peer.setLocalDescription(await peer.createAnswer())
  const ours = peer.localDescription.sdp
  const [, algorithm, value] = /^a=fingerprint:(\S+) (\S+)/m.exec(ours)
  const [, setup] = /^a=setup:(\S+)/m.exec(ours)
  await ask('answer_media', { peer_id, fingerprints: [{ algorithm, value }], setup })
  return microphone
}

const play = async (microphone, hz) => {
  const source = new wrtc.nonstandard.RTCAudioSource()
  await microphone.sender.replaceTrack(source.createTrack())
  await ask('set_microphone', { n: 1, on: true })
  let at = 0
  const started = performance.now()
  return setInterval(() => {
    // Timers are late; sound must not be: catch up with the clock.
    while ((at / RATE) * 1000 < performance.now() - started) {
      const samples = Int16Array.from({ length: CHUNK }, (_, i) =>
        Math.round(9_000 * Math.sin((2 * Math.PI * hz * (at + i)) / RATE)),
      )
      source.onData({ samples, sampleRate: RATE, bitsPerSample: 16, channelCount: 1, numberOfFrames: CHUNK })
      at += CHUNK
    }
    found.played = true
  }, 10)
}

let failure
const later = (ms) => new Promise((resolve) => setTimeout(resolve, ms))
let ticking
try {
  await new Promise((resolve, reject) => {
    socket.once('connect', resolve)
    socket.once('connect_error', reject)
  })
  const joined = await ask('join', { room: given.room, name: given.name, invite: '' })
  found.joined = true
  found.members = Object.keys(joined.sync.room.members ?? {}).length
  const microphone = await answerOffer(joined.offer)
  const end = later(Number(given.seconds) * 1000)
  if (Number(given.plays) > 0) {
    ticking = await play(microphone, Number(given.plays))
    await end
  } else await Promise.race([heard, end])
  await ask('leave', {})
} catch (error) {
  failure = error
}
clearInterval(ticking)
for (const sink of sinks) sink.stop()
socket.close()
peer.close()
console.log(JSON.stringify({ ...found, failure: failure ? String(failure.message) : null }))
process.exit(failure ? 1 : 0)
