// Put into every page before its own scripts: counts and measures, and changes nothing that the page can feel.
// A tone instead of a microphone comes only where the test has set `window.watchTone` (hertz) before.
(() => {
  if (window.watch) return
  const watch = {
    peers: [], // every RTCPeerConnection that the page made
    negotiations: [], // performance.now() of every negotiationneeded
    microphone: { calls: 0, refusals: 0, tracks: [] },
    violations: [], // CSP and Trusted Types reports
    said: [], // what the live regions said, in order
    tapped_ms: 0, // performance.now() of the last click or tap
  }
  window.watch = watch
  window.addEventListener('click', () => { watch.tapped_ms = performance.now() }, true)

  const NativePeer = window.RTCPeerConnection
  if (NativePeer) {
    window.RTCPeerConnection = class RTCPeerConnection extends NativePeer {
      constructor(...settings) {
        super(...settings)
        watch.peers.push(this)
        this.addEventListener('negotiationneeded', () => watch.negotiations.push(performance.now()))
      }
    }
  }
  watch.peer = () => watch.peers.at(-1)

  watch.stats = async (type) => {
    const found = []
    const report = await watch.peer().getStats()
    report.forEach((one) => {
      if (one.type === type) found.push({ ...one })
    })
    return found
  }

  // The microphone.
  const devices = navigator.mediaDevices
  if (devices?.getUserMedia) {
    const native = devices.getUserMedia.bind(devices)
    const oscillate = (hz) => {
      const context = new AudioContext()
      const oscillator = context.createOscillator()
      const gain = context.createGain()
      const destination = context.createMediaStreamDestination()
      oscillator.frequency.value = hz
      gain.gain.value = window.watchGain ?? 0.5
      oscillator.connect(gain).connect(destination)
      oscillator.start()
      watch.setGain = (value) => {
        gain.gain.value = value
      }
      return destination.stream
    }
    devices.getUserMedia = async (wanted) => {
      watch.microphone.calls += 1
      try {
        const stream = window.watchTone ? oscillate(window.watchTone) : await native(wanted)
        watch.microphone.tracks.push(...stream.getAudioTracks())
        return stream
      } catch (error) {
        watch.microphone.refusals += 1
        throw error
      }
    }
  }

  // The loudspeaker: what each playing element plays, mixed as the ear would get it.
  const elements = new Set()
  const stream = Object.getOwnPropertyDescriptor(HTMLMediaElement.prototype, 'srcObject')
  Object.defineProperty(HTMLMediaElement.prototype, 'srcObject', {
    ...stream,
    set(value) {
      elements.add(this)
      stream.set.call(this, value)
    },
  })
  let context = null
  let mixed = null
  const lines = new Map() // track -> {source, analyser}

  const playing = () => {
    const tracks = new Set()
    for (const element of elements) {
      if (!element.srcObject || element.paused || element.muted || element.volume === 0) continue
      for (const track of element.srcObject.getAudioTracks()) if (track.readyState === 'live') tracks.add(track)
    }
    return tracks
  }
  const meter = () => {
    const analyser = context.createAnalyser()
    analyser.fftSize = 8192 // 171 ms at 48 kHz, 5.9 Hz a bin
    analyser.smoothingTimeConstant = 0 // smoothing shows tones that are long over
    return analyser
  }
  const tune = () => {
    if (!context) {
      context = new AudioContext()
      mixed = meter()
    }
    if (context.state !== 'running') void context.resume()
    const tracks = playing()
    for (const [track, line] of lines) {
      if (tracks.has(track)) continue
      line.source.disconnect()
      lines.delete(track)
    }
    for (const track of tracks) {
      if (lines.has(track)) continue
      const line = { source: context.createMediaStreamSource(new MediaStream([track])), analyser: meter() }
      line.source.connect(line.analyser)
      line.source.connect(mixed)
      lines.set(track, line)
    }
  }
  const FLOOR_DB = -200
  const bins = (analyser) => {
    const levels = new Float32Array(analyser.frequencyBinCount)
    analyser.getFloatFrequencyData(levels)
    return levels
  }
  const hertz = (bin) => (bin * context.sampleRate) / mixed.fftSize

  // Loudest bin within 12 Hz of each tone, and the loudest that is at least 60 Hz away from it.
  watch.listen = (hz) => {
    tune()
    const heard = { context: context.state, lines: lines.size, tone_db: FLOOR_DB, rest_db: FLOOR_DB, peak_hz: 0, peak_db: FLOOR_DB }
    bins(mixed).forEach((level, bin) => {
      const away = Math.abs(hertz(bin) - hz)
      if (away <= 12) heard.tone_db = Math.max(heard.tone_db, level)
      else if (away >= 60) heard.rest_db = Math.max(heard.rest_db, level)
      if (level > heard.peak_db) [heard.peak_hz, heard.peak_db] = [hertz(bin), level]
    })
    return heard
  }

  // Resolves when the tone first stands 20 dB over the rest; checked every 10 ms, for measuring how long a join takes.
  watch.whenHeard = (hz, withinMs) =>
    new Promise((resolve) => {
      const end = performance.now() + withinMs
      const ask = () => {
        const heard = watch.listen(hz)
        if (heard.tone_db > -60 && heard.tone_db >= heard.rest_db + 20) resolve(performance.now())
        else if (performance.now() > end) resolve(null)
        else setTimeout(ask, 10)
      }
      ask()
    })

  // The longest silence in what is played, in ms: every sample counts, in steps of 5 ms, however late the page looks.
  // Loud: 40 dB under full scale, which the tests' tones are far above.
  const STEP_S = 0.005
  const LOUD = 0.01
  let ear = null
  watch.startGap = () => {
    watch.stopGap()
    tune()
    const analyser = context.createAnalyser()
    analyser.fftSize = 32768 // 683 ms: looks overlap, unless the page stands still for longer
    const heard = new Set() // lines that are led to the ear
    const samples = new Float32Array(analyser.fftSize)
    ear = { quiet_s: 0, longest_s: 0, read_s: context.currentTime, at_s: 0, missed_s: 0 }
    const look = () => {
      tune()
      for (const line of lines.values()) {
        if (heard.has(line)) continue
        line.source.connect(analyser)
        heard.add(line)
      }
      const now_s = context.currentTime
      analyser.getFloatTimeDomainData(samples)
      const first_s = now_s - samples.length / context.sampleRate
      ear.missed_s = Math.max(ear.missed_s, first_s - ear.read_s)
      const step = Math.round(STEP_S * context.sampleRate)
      let from = Math.max(0, Math.round((ear.read_s - first_s) * context.sampleRate))
      for (; from + step <= samples.length; from += step) {
        let peak = 0
        for (let at = from; at < from + step; at += 1) peak = Math.max(peak, Math.abs(samples[at]))
        ear.quiet_s = peak >= LOUD ? 0 : ear.quiet_s + STEP_S
        if (ear.quiet_s > ear.longest_s) Object.assign(ear, { longest_s: ear.quiet_s, at_s: now_s })
        ear.read_s = first_s + (from + step) / context.sampleRate
      }
    }
    ear.timer = setInterval(look, 25)
  }
  watch.stopGap = () => {
    if (!ear) return null
    clearInterval(ear.timer)
    const { longest_s, missed_s } = ear
    ear = null
    return { gap_ms: Math.round(longest_s * 1000), unseen_ms: Math.round(Math.max(0, missed_s) * 1000) }
  }

  // Live regions.
  const LIVE = '[aria-live]:not([aria-live="off"]), [role="status"], [role="alert"], output'
  new MutationObserver((changes) => {
    const regions = new Set()
    for (const change of changes) {
      const element = change.target instanceof Element ? change.target : change.target.parentElement
      const region = element?.closest(LIVE)
      if (region) regions.add(region)
    }
    for (const region of regions) {
      const text = region.textContent.trim().replace(/\s+/g, ' ')
      if (text && text !== region.watchLast) {
        const urgent = region.getAttribute('aria-live') === 'assertive' || region.getAttribute('role') === 'alert'
        watch.said.push({ text, urgent, at_ms: performance.now() })
      }
      region.watchLast = text
    }
  }).observe(document, { subtree: true, childList: true, characterData: true })

  document.addEventListener('securitypolicyviolation', (report) => {
    watch.violations.push(`${report.effectiveDirective} ${report.blockedURI} ${report.sample}`)
  })
})()
