/** A way out for sound as the browser lists it. Before the microphone was ever allowed it names none. */
export interface Output {
  readonly deviceId: string
  readonly groupId: string
}

/** Names for whichever device is used, not devices. */
const ROLES = new Set(['', 'default', 'communications'])

/**
 * Whether the sound may come out elsewhere now: 'gone' if a device left, 'moved' if another one became
 * the usual. Somebody's headphones may just have given the meeting to the whole room.
 */
export function outputChange(before: readonly Output[], after: readonly Output[]): 'gone' | 'moved' | null {
  const isLeft = ({ deviceId }: Output) =>
    !ROLES.has(deviceId) && !after.some((one) => one.deviceId === deviceId)
  if (before.some(isLeft)) return 'gone'
  const [was, is] = [usual(before), usual(after)]
  return was !== '' && is !== '' && was !== is ? 'moved' : null
}

function usual(outputs: readonly Output[]): string {
  return outputs.find((one) => one.deviceId === 'default')?.groupId ?? ''
}
