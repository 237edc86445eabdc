import { readFileSync } from 'node:fs'
import { type Plugin, transformWithOxc } from 'vite'

const SOURCE = 'src/first.ts'
const NAME = 'first.js'

/** Writes src/first.ts as a plain script of its own, which the page fetches and runs before it is shown. */
export function first(): Plugin {
  let isBuild = false
  return {
    name: 'first',
    configResolved(config) {
      isBuild = config.command === 'build'
    },
    async buildStart() {
      if (!isBuild) return
      const { code } = await transformWithOxc(readFileSync(SOURCE, 'utf8'), SOURCE)
      this.emitFile({ type: 'asset', name: NAME, source: code })
    },
    transformIndexHtml: {
      order: 'post',
      handler(_, { bundle }) {
        const built = Object.values(bundle ?? {}).find(
          (file) => file.type === 'asset' && file.names.includes(NAME),
        )
        const src = built === undefined ? `/${SOURCE}` : `/${built.fileName}`
        return [{ tag: 'script', attrs: { src }, injectTo: 'head-prepend' }]
      },
    },
  }
}
