/** One thing that hears or sounds, as the browser names it. */
export interface Device {
  readonly id: string
  /** Empty until the person has let the page use a microphone. */
  readonly label: string
}

export interface Devices {
  readonly microphones: readonly Device[]
  readonly speakers: readonly Device[]
}

export const NO_DEVICES: Devices = { microphones: [], speakers: [] }

/** Sort what the browser lists. The doubles that some list as "default" are left out: "the usual one" is there anyway. */
export function sortDevices(
  listed: readonly Pick<MediaDeviceInfo, 'kind' | 'deviceId' | 'label'>[],
): Devices {
  const of = (kind: MediaDeviceKind) =>
    listed
      .filter((one) => one.kind === kind && !['', 'default', 'communications'].includes(one.deviceId))
      .map(({ deviceId, label }) => ({ id: deviceId, label }))
  return { microphones: of('audioinput'), speakers: of('audiooutput') }
}

/** List them now, and at every change. It never asks the person for anything. Returns what stops it. */
export function followDevices(changed: (devices: Devices) => void): () => void {
  const media: MediaDevices | undefined = navigator.mediaDevices
  if (media === undefined) return () => undefined // the page was not opened over a secure connection
  let isOver = false
  const look = () => {
    media.enumerateDevices().then(
      (listed) => {
        if (!isOver) changed(sortDevices(listed))
      },
      () => undefined, // the usual ones go on
    )
  }
  media.addEventListener('devicechange', look)
  look()
  return () => {
    isOver = true
    media.removeEventListener('devicechange', look)
  }
}
