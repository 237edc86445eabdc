// A page that encrypts what its microphone sends before the server gets it, and decrypts what it plays.
// The test sets `window.wanted = {room, name, key, speaks}` and presses Enter; an empty key leaves frames as they are.
import { io } from '/socket.io.js'

const counts = { sealed: 0, opened: 0, unreadable: 0 }
window.counts = counts

const seal = (end, side, key) => {
  const worker = new Worker('/sealed-worker.js')
  worker.addEventListener('message', ({ data }) => Object.assign(counts, { [data.what]: counts[data.what] + data.more }))
  end.transform = new RTCRtpScriptTransform(worker, { side, key })
}

const enter = async ({ room, name, key, speaks }) => {
  const socket = io({ transports: ['websocket'], auth: { protocol: 1 } })
  const ask = async (event, payload) => {
    const answer = await socket.timeout(10_000).emitWithAck(event, payload)
    if (answer.type === 'refused') throw new Error(`${event} was refused: ${answer.code}`)
    return answer
  }
  const peer = new RTCPeerConnection()
  peer.addEventListener('track', ({ track, transceiver, receiver }) => {
    if (transceiver.mid === 'mic') return
    if (key) seal(receiver, 'open', key)
    const player = new Audio()
    player.srcObject = new MediaStream([track])
    void player.play()
  })
  const { offer } = await ask('join', { room, name, invite: '' })
  await peer.setRemoteDescription({ type: 'offer', sdp: offer.sdp })
  const microphone = peer.getTransceivers().find((one) => one.mid === 'mic')
  microphone.direction = 'sendonly'
  if (key) seal(microphone.sender, 'seal', key)
  await peer.setLocalDescription(await peer.createAnswer())
  const [, algorithm, value] = /^a=fingerprint:(\S+) (\S+)/m.exec(peer.localDescription.sdp)
  await ask('answer_media', { peer_id: offer.peer_id, fingerprints: [{ algorithm, value }], setup: 'active' })
  if (speaks) {
    const stream = await navigator.mediaDevices.getUserMedia({ audio: true })
    await microphone.sender.replaceTrack(stream.getAudioTracks()[0])
    await ask('set_microphone', { n: 1, on: true })
  }
  window.entered = true
}
document.querySelector('#enter').addEventListener('click', () => void enter(window.wanted))
