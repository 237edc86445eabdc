import { effect } from '@preact/signals'
import { type Settings, settings } from './settings'

/** From this size on, in percent, long words are broken anywhere. The same is in first.ts. */
const LARGE = 150

/** Put the theme and the size of the text on the page. What is as usual leaves no mark. */
export function applyLook({ theme, text_size }: Settings, page: Document): void {
  const root = page.documentElement
  if (theme === 'system') delete root.dataset['theme']
  else root.dataset['theme'] = theme
  if (text_size === 100) root.style.removeProperty('--text-size')
  else root.style.setProperty('--text-size', String(text_size / 100))
  if (text_size < LARGE) delete root.dataset['large']
  else root.dataset['large'] = ''
  paintFrame(page, theme !== 'system')
}

/** The colour around the page on phones: that of the paper, whichever it is. */
function paintFrame(page: Document, isChosen: boolean): void {
  for (const meta of page.querySelectorAll<HTMLMetaElement>('meta[name="theme-color"]')) {
    meta.dataset['usual'] ??= meta.content
    meta.content = isChosen
      ? getComputedStyle(page.documentElement).getPropertyValue('--paper').trim() || meta.content
      : meta.dataset['usual']
  }
}

// From now on the page follows what is chosen.
effect(() => applyLook(settings.value, document))
