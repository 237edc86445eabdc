import { type Browser, readBrowser } from '../state/browser'

/** The browser that shows this page. */
export function thisBrowser(): Browser {
  const { userAgent, maxTouchPoints } = navigator
  return readBrowser({
    userAgent,
    maxTouchPoints,
    isStandalone: 'standalone' in navigator && navigator.standalone === true,
  })
}
