/** Forget the files and pages that are kept for use without a network, and what serves them. */
export async function forgetFiles(): Promise<void> {
  try {
    for (const name of await caches.keys()) await caches.delete(name)
    for (const worker of await navigator.serviceWorker.getRegistrations()) await worker.unregister()
  } catch {
    // Not over a secure connection, or not in this browser: there are none.
  }
}
