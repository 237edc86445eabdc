import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import type { Plugin } from 'vite'

const NAME = 'words:folder'
const SOURCES = 'locales'

/**
 * Writes the catalogues of all languages but English, which the page has in it, into one folder that is called after
 * what they say: `import folder from 'words:folder'` is its address. So the page knows all of them by one name.
 */
export function words(): Plugin {
  let catalogues = new Map<string, string>()
  let folder = SOURCES
  return {
    name: 'words',
    configResolved(config) {
      if (config.command !== 'build') return
      catalogues = new Map(foreign().map((name) => [name, compact(name)]))
      const hash = createHash('sha256').update(JSON.stringify([...catalogues]))
      folder = `assets/words-${hash.digest('base64url').slice(0, 8)}`
    },
    resolveId: (id) => (id === NAME ? `\0${NAME}` : null),
    load: (id) => (id === `\0${NAME}` ? `export default ${JSON.stringify(`/${folder}`)}\n` : null),
    generateBundle() {
      for (const [name, source] of catalogues) {
        this.emitFile({ type: 'asset', fileName: `${folder}/${name}`, source })
      }
    },
  }
}

function foreign(): string[] {
  return readdirSync(SOURCES)
    .filter((name) => name.endsWith('.json') && !name.startsWith('en.'))
    .sort()
}

function compact(name: string): string {
  return JSON.stringify(JSON.parse(readFileSync(`${SOURCES}/${name}`, 'utf8')))
}
