// @vitest-environment happy-dom
import { render } from 'preact'
import { beforeEach, describe, expect, it } from 'vitest'
import { HideCard } from '../src/pages/room/hide_card'
import { settings, USUAL } from '../src/settings'

async function showCard(): Promise<HTMLElement | null> {
  document.body.innerHTML = '<main id="main" tabindex="-1"><button id="own">Own</button><div></div></main>'
  const place = document.querySelector('main > div')
  if (place === null) throw new Error('no place')
  document.getElementById('own')?.focus()
  render(<HideCard />, place)
  await drawn()
  return place.querySelector('[role=note]')
}

const drawn = () => new Promise((resolve) => setTimeout(resolve, 20))

beforeEach(() => {
  localStorage.clear()
  settings.value = USUAL
})

describe('what Hide does', () => {
  it('is told to whoever is in a room for the first time, and takes no focus', async () => {
    const card = await showCard()
    for (const word of ['microphone', 'three times', 'history']) expect(card?.textContent).toContain(word)
    expect(document.activeElement?.id).toBe('own')
    expect(localStorage).toHaveLength(0) // to look at it leaves nothing behind
  })

  it('goes by its button, and stays away on this device', async () => {
    const card = await showCard()
    card?.querySelector('button')?.click()
    await drawn()
    expect(document.querySelector('[role=note]')).toBeNull()
    expect(document.activeElement?.id).toBe('main')
    expect(JSON.parse(localStorage.getItem('settings') ?? '')).toEqual({ knows_hide: true })
    expect(await showCard()).toBeNull()
  })
})
