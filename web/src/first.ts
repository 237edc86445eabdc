/**
 * Puts somebody's own look on the page before anything of it is shown. The build writes this as a script of its own
 * that the page waits for; therefore it imports nothing. `look.ts` says the same again once the page runs.
 */
try {
  const kept = JSON.parse(localStorage.getItem('settings') ?? '{}') as Record<string, unknown>
  const root = document.documentElement
  const theme = kept['theme']
  if (theme === 'light' || theme === 'dark' || theme === 'contrast') root.dataset['theme'] = theme
  const size = kept['text_size']
  if (typeof size === 'number' && size > 100 && size <= 200)
    root.style.setProperty('--text-size', String(size / 100))
  if (typeof size === 'number' && size >= 150) root.dataset['large'] = ''
} catch {
  // Without storage, or with something else in it, the page looks as usual.
}
