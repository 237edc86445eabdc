import { forgetFiles } from './kept_files'
import { forgetDevice } from './net/device'
import { type KeptRow, keptRows } from './state/kept'

/** Everything of ours that this browser keeps, as it is written there. */
export interface Kept {
  readonly on_this_device: Readonly<Record<string, string>>
  readonly in_this_tab: Readonly<Record<string, string>>
  /** Addresses of the program's own files that are kept for use without a network. */
  readonly files: readonly string[]
}

/** Look at what is kept. Storage that is switched off keeps nothing. */
export async function lookAtKept(): Promise<Kept> {
  return {
    on_this_device: entriesOf(() => localStorage),
    in_this_tab: withoutKeys(entriesOf(() => sessionStorage)),
    files: await keptFiles(),
  }
}

export function rowsOf(kept: Kept): KeptRow[] {
  const rows = keptRows(Object.keys(kept.on_this_device), Object.keys(kept.in_this_tab))
  return kept.files.length === 0
    ? rows
    : [...rows, { kind: 'files', count: kept.files.length, isOfTab: false }]
}

/** Forget all of it: name, number, cards, settings, the tab's things, kept files and what serves them. */
export async function forgetAll(): Promise<void> {
  forgetDevice()
  clear(() => localStorage)
  clear(() => sessionStorage)
  await forgetFiles()
}

/** Hand it over as a file. It is made in the page and goes nowhere else. */
export function download(kept: Kept): void {
  const address = URL.createObjectURL(new Blob([JSON.stringify(kept, null, 2)], { type: 'application/json' }))
  const link = document.createElement('a')
  link.href = address
  link.download = 'kept-on-this-device.json'
  link.click()
  setTimeout(() => URL.revokeObjectURL(address), 10_000)
}

/** A seat's ticket opens the seat, and so may the link that brought somebody: a file may be read by others. */
function withoutKeys(entries: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  if (entries['seat'] === undefined) return entries
  try {
    const seat: unknown = JSON.parse(entries['seat'])
    return { ...entries, seat: JSON.stringify({ ...Object(seat), ticket: '', invite: '' }) }
  } catch {
    return { ...entries, seat: '' }
  }
}

async function keptFiles(): Promise<string[]> {
  const files: string[] = []
  try {
    for (const name of await caches.keys()) {
      for (const request of await (await caches.open(name)).keys()) files.push(new URL(request.url).pathname)
    }
  } catch {
    // As above.
  }
  return files
}

function entriesOf(storage: () => Storage): Record<string, string> {
  try {
    return { ...storage() }
  } catch {
    return {}
  }
}

function clear(storage: () => Storage): void {
  try {
    storage().clear()
  } catch {
    // Storage is switched off, so there is nothing in it.
  }
}
