import { signal } from '@preact/signals'
import { type HelpList, readHelp } from './state/help_lines'

const DEADLINE_MS = 10_000

/** The operator's crisis lines, once they are here; they stay as long as the page. */
export const helpLines = signal<HelpList | null>(null)

/** Ask for the lines, unless they are here. Without them the page has words of its own. */
export async function loadHelpLines(): Promise<void> {
  if (helpLines.value !== null) return
  try {
    const reply = await fetch('/api/help', { signal: AbortSignal.timeout(DEADLINE_MS) })
    if (reply.ok) helpLines.value = readHelp(await reply.json())
  } catch {
    // Asked for again when help is opened the next time.
  }
}
