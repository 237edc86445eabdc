/** What the browser says of the microphone, and goes on saying; null where it does not tell. */
export async function micPermission(): Promise<PermissionStatus | null> {
  try {
    return await navigator.permissions.query({ name: 'microphone' as PermissionName })
  } catch {
    return null
  }
}
