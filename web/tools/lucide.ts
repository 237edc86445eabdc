import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Plugin } from 'vite'

const PREFIX = 'icon:'
/** These point forwards or back along the text, which runs the other way in some languages. */
const POINTS = /^(?:arrow|chevron)-(?:left|right)$|^log-|^send|^reply|^undo|^redo|^volume|^list/
const require = createRequire(import.meta.url)

/** `import Mic from 'icon:mic'` gives a drawing of lucide-static as a component: only those used are built in. */
export function lucide(): Plugin {
  return {
    name: 'lucide',
    resolveId: (id) => (id.startsWith(PREFIX) ? `\0${id}` : null),
    load: (id) => {
      if (!id.startsWith(`\0${PREFIX}`)) return null
      const name = id.slice(PREFIX.length + 1)
      const svg = readFileSync(require.resolve(`lucide-static/icons/${name}.svg`), 'utf8')
      return `import { drawing } from '/src/ui/drawing.ts'\nexport default drawing(${JSON.stringify(shapes(svg))}${POINTS.test(name) ? ', true' : ''})\n`
    },
  }
}

/** Read an icon's shapes, as tag names with their attributes. */
function shapes(svg: string): [string, Record<string, string>][] {
  const inner = svg.slice(svg.indexOf('>', svg.indexOf('<svg')) + 1)
  return [...inner.matchAll(/<(\w+)\s([^>]*?)\/>/g)].map(([, tag = '', attributes = '']) => [
    tag,
    Object.fromEntries(
      [...attributes.matchAll(/([\w-]+)="([^"]*)"/g)].map(([, name = '', value = '']) => [name, value]),
    ),
  ])
}
