/** The one script that a worker may come from: Trusted Types let nothing else through. */
const WORKER = '/sw.js'

interface Policy {
  createScriptURL(address: string): string
}

interface TrustedTypes {
  createPolicy(name: string, rules: Policy): Policy
}

/** Have help and the page's own files kept, so that they open without a network; in the language of this page. */
async function keepForOffline(): Promise<void> {
  // Not over a connection that anybody could change, and not in every private window.
  if (!('serviceWorker' in navigator)) return
  try {
    await navigator.serviceWorker.register(addressOfWorker())
    const { active } = await navigator.serviceWorker.ready
    active?.postMessage(document.documentElement.lang)
  } catch {
    // Everything but help without a network works as well.
  }
}

function addressOfWorker(): string {
  const { trustedTypes } = window as { readonly trustedTypes?: TrustedTypes }
  const rules: Policy = {
    createScriptURL: (address) => {
      if (address !== WORKER) throw new TypeError('no script but the worker')
      return address
    },
  }
  return (trustedTypes?.createPolicy('kit', rules) ?? rules).createScriptURL(WORKER)
}

void keepForOffline()

export {}
