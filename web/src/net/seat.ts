/** What brings a reloaded page back to its seat. Lives as long as the tab, and only until leaving. */
export interface Seat {
  readonly slug: string
  readonly name: string
  readonly invite: string
  readonly ticket: string
  readonly memberId: number
}

const KEY = 'seat'

/** Return the kept seat of this room, or null. Another room's seat is left alone. */
export function recallSeat(slug: string): Seat | null {
  try {
    const kept: unknown = JSON.parse(sessionStorage.getItem(KEY) ?? 'null')
    return isSeat(kept) && kept.slug === slug ? kept : null
  } catch {
    return null // storage is switched off, or holds something else
  }
}

export function keepSeat(seat: Seat): void {
  try {
    sessionStorage.setItem(KEY, JSON.stringify(seat))
  } catch {
    // Without storage a reload asks for the name again.
  }
}

export function forgetSeat(): void {
  try {
    sessionStorage.removeItem(KEY)
  } catch {
    // Nothing was kept.
  }
}

function isSeat(kept: unknown): kept is Seat {
  if (typeof kept !== 'object' || kept === null) return false
  const fields: Partial<Record<keyof Seat, unknown>> = kept
  const texts = [fields.slug, fields.name, fields.invite, fields.ticket]
  return texts.every((text) => typeof text === 'string') && typeof fields.memberId === 'number'
}
