// A page with nothing of ours: two of these are connected by the test itself, to check the harness.
const name = document.querySelector('#name')
const status = document.querySelector('#status')
document.querySelector('#say').addEventListener('click', () => {
  status.textContent = `Hello ${name.value}`
})

let peer
const gathered = () =>
  new Promise((resolve) => {
    const ask = () => peer.iceGatheringState === 'complete' && resolve(peer.localDescription.sdp)
    peer.addEventListener('icegatheringstatechange', ask)
    ask()
  })

window.open_peer = async () => {
  peer = new RTCPeerConnection()
  peer.addEventListener('track', (event) => {
    const player = new Audio()
    player.srcObject = new MediaStream([event.track])
    void player.play()
  })
  const stream = await navigator.mediaDevices.getUserMedia({ audio: true })
  peer.addTrack(stream.getAudioTracks()[0], stream)
}
window.offer = async () => {
  await peer.setLocalDescription(await peer.createOffer())
  return await gathered()
}
window.answer = async (sdp) => {
  await peer.setRemoteDescription({ type: 'offer', sdp })
  await peer.setLocalDescription(await peer.createAnswer())
  return await gathered()
}
window.agree = (sdp) => peer.setRemoteDescription({ type: 'answer', sdp })
window.mute = (muted) => {
  for (const sender of peer.getSenders()) sender.track.enabled = !muted
}
