/** What one thing that the page keeps is for. Each has words `kept.<kind>` and `kept.<kind>_why`. */
export type KeptKind =
  | 'name'
  | 'device'
  | 'card'
  | 'settings'
  | 'zone'
  | 'reading'
  | 'seat'
  | 'letters'
  | 'sheet'
  | 'files'
  | 'unknown'

const BY_KEY: Readonly<Record<string, KeptKind>> = {
  name: 'name',
  device: 'device',
  settings: 'settings',
  zone: 'zone',
  'reading-size': 'reading',
  seat: 'seat',
  reachable: 'letters',
}

/** Tell what a key of the browser's storage holds. */
export function kindOf(key: string): KeptKind {
  if (key.startsWith('card:')) return 'card'
  if (key.startsWith('sheet ')) return 'sheet'
  return BY_KEY[key] ?? 'unknown'
}

/** One row of the table: what it is, how many of it, and whether it goes with the tab. */
export interface KeptRow {
  readonly kind: KeptKind
  readonly count: number
  readonly isOfTab: boolean
}

/** Sum up keys, in the order in which kinds first come. */
export function keptRows(keys: readonly string[], tabKeys: readonly string[]): KeptRow[] {
  const rows = new Map<string, KeptRow>()
  const add = (key: string, isOfTab: boolean) => {
    const kind = kindOf(key)
    const name = `${kind} ${isOfTab}`
    rows.set(name, { kind, isOfTab, count: (rows.get(name)?.count ?? 0) + 1 })
  }
  for (const key of [...keys].sort()) add(key, false)
  for (const key of [...tabKeys].sort()) add(key, true)
  return [...rows.values()]
}
