import type { Plugin } from 'vite'

const TRANSPORTS = /\/engine\.io-client\/build\/esm\/transports\/index\.js$/

/** Leave out of engine.io-client what this page never uses: the server speaks WebSocket only. */
export function websocketOnly(): Plugin {
  let isFound = false
  return {
    name: 'websocket-only',
    apply: 'build',
    load: (id) => {
      if (!TRANSPORTS.test(id)) return null
      isFound = true
      return "import { WS } from './websocket.js'\nexport const transports = { websocket: WS }\n"
    },
    buildEnd(error) {
      if (error === undefined && !isFound) this.error('engine.io-client keeps its transports elsewhere now')
    },
  }
}
