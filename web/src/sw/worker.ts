import { DOCUMENTS, HELP, helpIn, nearest, SCHEDULE, type Strategy, strategyFor } from './strategy'

/**
 * Keeps the page's own files, the pages of words and the last list of meetings, so that help opens without a
 * network. The build writes it to /sw.js, and puts the addresses of the first page's files in for the mark below.
 *
 * Nothing is written once somebody has had all of it forgotten, though the worker may live a little longer: only
 * an installation makes the caches.
 */
declare const self: ServiceWorkerGlobalScope

const SHELL: readonly string[] = '__SHELL__'.split(' ')
const FILES = 'files-__BUILD__'
const WORDS = 'words'

/** A network that has brought no page of words by then is as good as none: what is kept is shown. */
const DOCUMENT_WAIT_MS = 4_000
/** Other pages are worth a longer wait, since help alone can stand in for them. */
const PAGE_WAIT_MS = 12_000
/** What is kept of help is asked for anew after so long. */
const FRESH_MS = 12 * 3_600_000
const OUT_OF_ORDER = 500

self.addEventListener('install', (event) => {
  event.waitUntil(install())
})

self.addEventListener('activate', (event) => {
  event.waitUntil(activate())
})

self.addEventListener('message', (event) => {
  event.waitUntil(keepHelp(event.data))
})

self.addEventListener('fetch', (event) => {
  const { request } = event
  const { origin, pathname, search } = new URL(request.url)
  const strategy = strategyFor({
    method: request.method,
    is_ours: origin === self.location.origin,
    is_navigation: request.mode === 'navigate',
    path: pathname,
    search,
  })
  if (strategy !== 'pass') event.respondWith(ANSWERS[strategy](request, pathname, search))
})

type Answer = (request: Request, path: string, search: string) => Promise<Response>

const ANSWERS: Readonly<Record<Exclude<Strategy, 'pass'>, Answer>> = {
  file: async (request) => {
    const known = await caches.match(request, { cacheName: FILES })
    if (known !== undefined) return known
    const answer = await fetch(request)
    await keep(FILES, request.url, answer)
    return answer
  },
  document: async (request, path, search) => {
    const answer = await fetchWithin(request, DOCUMENT_WAIT_MS)
    if (isAway(answer)) return (await kept(path, search)) ?? (await kept(HELP, search)) ?? answer
    await keep(WORDS, request.url, answer)
    return answer
  },
  page: async (request, _path, search) => {
    const answer = await fetchWithin(request, PAGE_WAIT_MS)
    return (isAway(answer) && (await kept(HELP, search))) || answer
  },
  schedule: async (request) => {
    const answer = await fetch(request)
    await keep(WORDS, SCHEDULE, answer)
    return answer
  },
}

async function install(): Promise<void> {
  const files = await caches.open(FILES)
  const words = await caches.open(WORDS)
  const documents = (await words.keys()).map(({ url }) => url).filter(isDocument)
  await Promise.all([
    files.addAll(SHELL),
    // Their style sheets may have another name since.
    ...[HELP, ...documents].map((address) => words.add(address)),
  ])
  await keepSchedule()
  await self.skipWaiting()
}

async function activate(): Promise<void> {
  for (const name of await caches.keys()) if (name !== FILES && name !== WORDS) await caches.delete(name)
  await self.clients.claim()
}

/** The page that brought this worker has asked for the meetings before it could see the answer. */
async function keepSchedule(): Promise<void> {
  try {
    await keep(WORDS, SCHEDULE, await fetch(SCHEDULE))
  } catch {
    // The lobby asks again.
  }
}

/** A page is open in this language: have help in it, of today. */
async function keepHelp(language: unknown): Promise<void> {
  const address = helpIn(language)
  if (address === null) return
  const known = await caches.match(address, { cacheName: WORDS, ignoreVary: true })
  const said_ms = Date.parse(known?.headers.get('date') ?? '')
  if (Date.now() - said_ms < FRESH_MS) return
  try {
    await keep(WORDS, address, await fetch(address))
  } catch {
    // The next page asks again.
  }
}

/** Fetch, but for no longer than this; what does not come is a network error. */
async function fetchWithin(request: Request, wait_ms: number): Promise<Response> {
  try {
    return await fetch(request, { signal: AbortSignal.timeout(wait_ms) })
  } catch {
    return Response.error()
  }
}

/** A server that is out of order, or gone from behind its proxy, counts as away. */
function isAway({ type, status }: Response): boolean {
  return type === 'error' || status >= OUT_OF_ORDER
}

async function keep(name: string, address: string, answer: Response): Promise<void> {
  if (answer.ok && !answer.redirected && (await caches.has(name)))
    await (await caches.open(name)).put(address, answer.clone())
}

async function kept(path: string, search: string): Promise<Response | undefined> {
  if (!(await caches.has(WORDS))) return undefined
  const words = await caches.open(WORDS)
  const addresses = (await words.keys()).map(({ url }) => url.slice(self.location.origin.length))
  const address = nearest(addresses, path, search)
  return address === undefined ? undefined : words.match(address, { ignoreVary: true })
}

function isDocument(address: string): boolean {
  return DOCUMENTS.includes(new URL(address).pathname)
}
