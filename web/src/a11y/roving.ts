/** Rows by how many stops each has, and where the focus is among all stops. */
export interface Stops {
  readonly rows: readonly number[]
  readonly index: number
  readonly isRtl: boolean
}

const ALONG = ['ArrowLeft', 'ArrowRight']

/**
 * Return which stop a key leads to, or null where it leads nowhere. Left and right go from stop to stop,
 * up and down to the same place in the next row; a single row has no up and down of its own, so that there
 * all four go along it.
 */
export function stopAfter(key: string, { rows, index, isRtl }: Stops): number | null {
  const count = rows.reduce((sum, stops) => sum + stops, 0)
  if (key === 'Home') return 0
  if (key === 'End') return count - 1
  const isForth = key === 'ArrowDown' || key === (isRtl ? 'ArrowLeft' : 'ArrowRight')
  const isBack = key === 'ArrowUp' || key === (isRtl ? 'ArrowRight' : 'ArrowLeft')
  if (!isForth && !isBack) return null
  const step = isForth ? 1 : -1
  if (rows.length === 1 || ALONG.includes(key)) return within(index + step, count)
  return inOtherRow(rows, index, step)
}

function inOtherRow(rows: readonly number[], index: number, step: 1 | -1): number | null {
  const firsts = rows.map((_, row) => rows.slice(0, row).reduce((sum, stops) => sum + stops, 0))
  const row = firsts.filter((first) => first <= index).length - 1
  for (let to = row + step; to >= 0 && to < rows.length; to += step) {
    const stops = rows[to] ?? 0
    if (stops > 0) return (firsts[to] ?? 0) + Math.min(index - (firsts[row] ?? 0), stops - 1)
  }
  return null
}

function within(index: number, count: number): number | null {
  return index >= 0 && index < count ? index : null
}

/**
 * Make the stops of a bar or a list one stop of Tab: the arrows, Home and End move among them, and Tab comes
 * back to the one that was left. Stops may come and go. Returns what ends it.
 */
export function attachRoving(box: HTMLElement, stops: string, row = ''): () => void {
  const ending = new AbortController()
  const { signal } = ending
  let current: Element | null = null
  const all = () => [...box.querySelectorAll<HTMLElement>(stops)]
  const settle = () => {
    const now = all()
    if (current === null || !now.includes(current as HTMLElement)) current = now[0] ?? null
    for (const stop of now) stop.tabIndex = stop === current ? 0 : -1
  }
  const take = (event: Event) => {
    const stop = event.target instanceof Element ? event.target.closest<HTMLElement>(stops) : null
    if (stop === null || stop === current) return
    current = stop
    settle()
  }
  const move = (event: KeyboardEvent) => {
    const now = all()
    const index = now.indexOf(event.target as HTMLElement)
    if (index < 0 || event.ctrlKey || event.altKey || event.metaKey || event.shiftKey) return
    const isRtl = getComputedStyle(box).direction === 'rtl'
    const to = stopAfter(event.key, { rows: rowsOf(box, now, row), index, isRtl })
    if (to === null) return
    event.preventDefault()
    now[to]?.focus()
  }
  box.addEventListener('focusin', take, { signal })
  box.addEventListener('keydown', move, { signal })
  const watch = new MutationObserver(settle)
  watch.observe(box, { childList: true, subtree: true })
  settle()
  return () => {
    ending.abort()
    watch.disconnect()
  }
}

function rowsOf(box: HTMLElement, stops: readonly HTMLElement[], row: string): number[] {
  if (row === '') return [stops.length]
  return [...box.querySelectorAll(row)].map((one) => stops.filter((stop) => one.contains(stop)).length)
}
