/** One line of a list that hosts act upon, which must not move under their hand. */
export interface Row<T> {
  readonly item: T
  /** It is in the list no more; only its place is kept. */
  readonly isGone: boolean
}

/** More kept places than this are of no use to anybody. */
const GONE_MAX = 20

/**
 * Return the rows of a list: each keeps its place among the others, newcomers stand at the end. While the
 * list is held still, by a pointer over it or the focus in it, what has gone leaves its place behind, so
 * that a press never meets another one than it was meant for.
 */
export function steadyRows<T>(
  before: readonly Row<T>[],
  items: readonly T[],
  keyOf: (item: T) => number | string,
  isStill: boolean,
): readonly Row<T>[] {
  const left = new Map(items.map((item) => [keyOf(item), item]))
  const kept: Row<T>[] = []
  for (const row of before) {
    const item = left.get(keyOf(row.item))
    if (item !== undefined) kept.push({ item, isGone: false })
    else if (isStill) kept.push({ item: row.item, isGone: true })
    left.delete(keyOf(row.item))
  }
  const tooMany = kept.filter((row) => row.isGone).length - GONE_MAX
  const shown = tooMany > 0 ? withoutGone(kept, tooMany) : kept
  return [...shown, ...[...left.values()].map((item) => ({ item, isGone: false }))]
}

function withoutGone<T>(rows: readonly Row<T>[], count: number): Row<T>[] {
  let dropped = 0
  return rows.filter((row) => {
    if (!row.isGone || dropped === count) return true
    dropped += 1
    return false
  })
}
