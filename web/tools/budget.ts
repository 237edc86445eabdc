import { gzipSync } from 'node:zlib'
import type { Plugin } from 'vite'

/** What a phone on a slow network can be asked to fetch, in KB of 1,000 bytes after gzip. */
const LIMITS_KB = {
  lobby: 30,
  room: 45,
  aside: 8.5,
  host: 8,
  group: 15,
  /** How meetings are held, on the page of a group. */
  holding: 2,
  order: 15,
  running: 10,
  live: 4,
  trouble: 6,
  /** The way to another node. */
  crossing: 1,
  sheet_list: 8,
  templates: 3,
  contacts: 4,
  pseudo: 1,
  /** All that one language says. */
  words: 40,
  me: 12,
  schedule: 6,
  more: 3,
  /** The service worker: fetched once, by nobody who waits. */
  sw: 3,
  /** Looks after the server's pages of words. */
  document: 2,
  help_lines: 3,
  /** Asks for the service worker. */
  offline: 1,
  keys: 4,
  operator: 5,
  keyboard: 4,
  /** All pages together; those of hosts and operators are fetched apart. */
  styles: 13,
} as const

type Part = keyof typeof LIMITS_KB

/** Fails the build when a part of the page outgrows its budget. */
export function budget(): Plugin {
  return {
    name: 'budget',
    apply: 'build',
    generateBundle: {
      order: 'post',
      handler(_, bundle) {
        const chunks = Object.values(bundle).filter((file) => file.type === 'chunk')
        const parts = partsOf(chunks)
        const sizes: Record<Part, number> = {
          lobby: 0,
          room: 0,
          aside: 0,
          host: 0,
          group: 0,
          holding: 0,
          order: 0,
          running: 0,
          live: 0,
          trouble: 0,
          crossing: 0,
          sheet_list: 0,
          templates: 0,
          contacts: 0,
          pseudo: 0,
          me: 0,
          schedule: 0,
          more: 0,
          words: 0,
          sw: 0,
          document: 0,
          help_lines: 0,
          offline: 0,
          keys: 0,
          operator: 0,
          keyboard: 0,
          styles: 0,
        }
        for (const chunk of chunks) sizes[parts.get(chunk.fileName) ?? 'room'] += zipped_kb(chunk.code)
        for (const file of Object.values(bundle)) {
          if (file.type === 'asset' && file.fileName.endsWith('.css')) sizes.styles += zipped_kb(file.source)
        }
        sizes.words = heaviestLanguage_kb(Object.values(bundle))
        for (const part of Object.keys(LIMITS_KB) as Part[]) {
          if (sizes[part] <= LIMITS_KB[part]) continue
          this.error(`the ${part} is ${sizes[part].toFixed(1)} KB, its budget is ${LIMITS_KB[part]} KB`)
        }
      },
    },
  }
}

interface Chunk {
  readonly fileName: string
  readonly name: string
  readonly isEntry: boolean
  /** What is fetched with it, always. */
  readonly imports: readonly string[]
}

/** The first page with all that it needs; what only hosts fetch, named after what is imported; else the room. */
function partsOf(chunks: readonly Chunk[]): ReadonlyMap<string, Part> {
  const parts = new Map<string, Part>()
  const take = (fileName: string, part: Part) => {
    if (parts.has(fileName)) return
    parts.set(fileName, part)
    for (const needed of chunks.find((one) => one.fileName === fileName)?.imports ?? []) take(needed, part)
  }
  const startsOf = (part: Part) =>
    chunks.filter((one) => (part === 'lobby' ? one.isEntry && one.name !== 'sw' : one.name === part))
  for (const part of [
    'lobby',
    'room',
    'aside',
    'host',
    'group',
    'order',
    'running',
    'live',
    'trouble',
    'crossing',
    'sheet_list',
    'templates',
    'contacts',
    'holding',
    'pseudo',
    'me',
    'schedule',
    'more',
    'sw',
    'document',
    'help_lines',
    'offline',
    'keys',
    'operator',
    'keyboard',
  ] as const)
    for (const start of startsOf(part)) take(start.fileName, part)
  return parts
}

type Written = { readonly fileName: string; readonly source?: string | Uint8Array }

function heaviestLanguage_kb(files: readonly Written[]): number {
  const sums = new Map<string, number>()
  for (const { fileName, source } of files) {
    const language = /\/words-[^/]+\/(\w+)\.[\w.]*json$/.exec(fileName)?.[1]
    if (language === undefined || source === undefined) continue
    sums.set(language, (sums.get(language) ?? 0) + zipped_kb(source))
  }
  return Math.max(0, ...sums.values())
}

function zipped_kb(content: string | Uint8Array): number {
  return gzipSync(content).length / 1_000
}
