import { gzipSync } from 'node:zlib'
import type { Plugin } from 'vite'

/** What a phone on a slow network can be asked to fetch, in KB of 1,000 bytes after gzip. */
const LIMITS_KB = { lobby: 30, room: 45, host: 8, order: 15, styles: 12 } as const

type Part = keyof typeof LIMITS_KB

/** Fails the build when a part of the page outgrows its budget. */
export function budget(): Plugin {
  return {
    name: 'budget',
    apply: 'build',
    generateBundle: {
      order: 'post',
      handler(_, bundle) {
        const sizes: Record<Part, number> = { lobby: 0, room: 0, host: 0, order: 0, styles: 0 }
        for (const file of Object.values(bundle)) {
          const content = file.type === 'chunk' ? file.code : file.source
          if (file.type === 'chunk') sizes[partOf(file)] += zipped_kb(content)
          else if (file.fileName.endsWith('.css')) sizes.styles += zipped_kb(content)
        }
        for (const part of Object.keys(LIMITS_KB) as Part[]) {
          if (sizes[part] <= LIMITS_KB[part]) continue
          this.error(`the ${part} is ${sizes[part].toFixed(1)} KB, its budget is ${LIMITS_KB[part]} KB`)
        }
      },
    },
  }
}

/** Chunks that only hosts fetch, named after what is imported; everything else comes with a room. */
const OF_HOSTS: readonly string[] = ['host', 'order'] satisfies Part[]

function partOf(chunk: { readonly isEntry: boolean; readonly name: string }): Part {
  if (chunk.isEntry) return 'lobby'
  return OF_HOSTS.includes(chunk.name) ? (chunk.name as Part) : 'room'
}

function zipped_kb(content: string | Uint8Array): number {
  return gzipSync(content).length / 1_000
}
