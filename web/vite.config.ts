import { defineConfig } from 'vitest/config'
import { budget } from './tools/budget.ts'
import { first } from './tools/first.ts'
import { lucide } from './tools/lucide.ts'
import { websocketOnly } from './tools/websocket_only.ts'
import { words } from './tools/words.ts'
import { worker } from './tools/worker.ts'

// Where `npm run dev` finds a running `lamplit serve`.
const SERVER = 'http://127.0.0.1:8080'

export default defineConfig({
  plugins: [lucide(), words(), first(), worker(), websocketOnly(), budget()],
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    target: 'es2022',
    manifest: true,
    // The server's Content-Security-Policy allows neither inline scripts nor data: addresses.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: {
    proxy: {
      '/api': SERVER,
      '/socket.io': { target: SERVER, ws: true },
    },
  },
  test: {
    environment: 'node',
    include: ['tests/**/*.test.{ts,tsx}'],
    setupFiles: ['tests/words.ts'],
  },
})
