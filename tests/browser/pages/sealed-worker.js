// AES-GCM over the whole frame: cipher text, then the 12 bytes that make its nonce.
const NONCE_BYTES = 12

const importKey = async (words) => {
  const raw = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(words))
  return crypto.subtle.importKey('raw', raw, 'AES-GCM', false, ['encrypt', 'decrypt'])
}

const sealFrame = async (key, data) => {
  const iv = crypto.getRandomValues(new Uint8Array(NONCE_BYTES))
  const sealed = new Uint8Array(await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, key, data))
  const whole = new Uint8Array(sealed.length + NONCE_BYTES)
  whole.set(sealed)
  whole.set(iv, sealed.length)
  return whole.buffer
}

const openFrame = (key, data) => {
  const iv = new Uint8Array(data.slice(data.byteLength - NONCE_BYTES))
  return crypto.subtle.decrypt({ name: 'AES-GCM', iv }, key, data.slice(0, data.byteLength - NONCE_BYTES))
}

self.addEventListener('rtctransform', async ({ transformer: { readable, writable, options } }) => {
  const key = await importKey(options.key)
  const count = (what) => self.postMessage({ what, more: 1 })
  const transform = async (frame, next) => {
    // Chromium hands over empty frames in silence; sealed ones would be sent, and silence would cost bytes.
    if (frame.data.byteLength === 0) return next.enqueue(frame)
    if (options.side === 'seal') {
      frame.data = await sealFrame(key, frame.data)
      count('sealed')
      return next.enqueue(frame)
    }
    try {
      frame.data = await openFrame(key, frame.data)
    } catch {
      return count('unreadable') // never played: cipher text is loud
    }
    count('opened')
    next.enqueue(frame)
  }
  await readable.pipeThrough(new TransformStream({ transform })).pipeTo(writable)
})
