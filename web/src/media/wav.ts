/** Write a WAV file of one channel with 16 bits, from samples between -1 and 1. */
export function wavFile(rate_hz: number, samples: Float32Array): Blob {
  const file = new DataView(new ArrayBuffer(44 + 2 * samples.length))
  const text = (at: number, word: string) => {
    for (let i = 0; i < word.length; i += 1) file.setUint8(at + i, word.charCodeAt(i))
  }
  text(0, 'RIFF')
  file.setUint32(4, 36 + 2 * samples.length, true)
  text(8, 'WAVEfmt ')
  file.setUint32(16, 16, true)
  file.setUint16(20, 1, true)
  file.setUint16(22, 1, true)
  file.setUint32(24, rate_hz, true)
  file.setUint32(28, 2 * rate_hz, true)
  file.setUint16(32, 2, true)
  file.setUint16(34, 16, true)
  text(36, 'data')
  file.setUint32(40, 2 * samples.length, true)
  samples.forEach((sample, n) => {
    file.setInt16(44 + 2 * n, Math.round(sample * 32_767), true)
  })
  return new Blob([file.buffer], { type: 'audio/wav' })
}
