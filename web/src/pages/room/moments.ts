const moment = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' })

/** Return the local day and time of a moment. */
export function momentOf(at_ms: number): string {
  return moment.format(at_ms)
}
