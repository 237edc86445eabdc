import { createHash } from 'node:crypto'
import type { Plugin, Rolldown } from 'vite'

const SOURCE = 'src/sw/worker.ts'
/** Browsers look for a newer worker under the same address, so this name holds no hash. */
const FILE = 'sw.js'
/** What says that a page of words was kept. */
const DOCUMENT = 'document'

/** Builds the service worker, and tells it the addresses of the first page's files and of which build they are. */
export function worker(): Plugin {
  return {
    name: 'worker',
    apply: 'build',
    buildStart() {
      this.emitFile({ type: 'chunk', id: SOURCE, name: 'sw', fileName: FILE })
    },
    generateBundle(_, bundle) {
      const built = bundle[FILE]
      if (built?.type !== 'chunk' || built.imports.length > 0) this.error('the worker must be one file')
      const shell = shellOf(bundle)
      const build = createHash('sha256').update(Object.keys(bundle).sort().join()).digest('base64url')
      const code = built.code.replace('__SHELL__', shell.join(' ')).replace('__BUILD__', build.slice(0, 8))
      if (code.includes('__') || shell.length < 2) this.error('the worker was not told what to keep')
      built.code = code
    },
  }
}

/** The page's entry and what looks after pages of words, with what they import; the style sheet; the first script. */
function shellOf(bundle: Rolldown.OutputBundle): string[] {
  const files = new Set<string>()
  const take = (fileName: string) => {
    if (files.has(fileName)) return
    files.add(fileName)
    const file = bundle[fileName]
    if (file?.type === 'chunk') for (const needed of file.imports) take(needed)
  }
  for (const file of Object.values(bundle)) {
    const isFirst =
      file.type === 'chunk'
        ? (file.isEntry && file.fileName !== FILE) || file.name === DOCUMENT
        : /\/(?:index-[^/]*\.css|first-[^/]*\.js)$/.test(file.fileName)
    if (isFirst) take(file.fileName)
  }
  return [...files].map((fileName) => `/${fileName}`)
}
