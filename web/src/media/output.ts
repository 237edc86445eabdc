/** Whether the page may say how loud it is: on iPhones only their own keys do. */
export function canSetVolume(): boolean {
  const element = document.createElement('audio')
  element.volume = 0.5
  return element.volume === 0.5
}

/** Whether the browser lets the page choose where its sound comes out. */
export function canChooseSpeaker(): boolean {
  return 'setSinkId' in HTMLMediaElement.prototype
}

/** Let an element sound there; where that one is not connected, it stays where it was. */
export function soundThrough(element: HTMLMediaElement, id: string): void {
  if (!canChooseSpeaker() || element.sinkId === id) return
  element.setSinkId(id).catch(() => undefined)
}
