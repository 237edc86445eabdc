import { dates } from '../../state/locale'
import { zone } from '../../zone'

/** Return the day and time of a moment, in the zone that was chosen here. */
export function momentOf(at_ms: number): string {
  return dates({ dateStyle: 'medium', timeStyle: 'short', timeZone: zone.value }).format(at_ms)
}
