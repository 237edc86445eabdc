/** Whether the focus is on nothing. */
export function isFocusNowhere(): boolean {
  const active = document.activeElement
  return active === null || active === document.body || active === document.documentElement
}
