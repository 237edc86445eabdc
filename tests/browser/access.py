"""Whether everybody can use a page: axe, reflow, and where the focus goes."""

from functools import cache
from typing import Final

from tests.browser.chrome import ChromeTab
from tests.browser.served import ROOT
from tests.browser.tab import texts

AXE: Final = ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js"

# WCAG 2.0 to 2.2, A and AA, and what axe calls best practice.
TAGS: Final = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

_RUN: Final = """async (tags) => {
  const result = await window.axe.run(document, { runOnly: { type: 'tag', values: tags } })
  const found = ({ html, failureSummary }) => `${html} ${failureSummary}`
  return result.violations.map(({ id, nodes }) => `${id}: ${nodes.map(found).join(' | ')}`)
}"""

_OVERFLOW: Final = """() => {
  const wide = document.documentElement.clientWidth
  const out = (box) => box.width > 0 && (box.right > wide + 1 || box.left < -1)
  const isHidden = (element) => !element.checkVisibility({ opacityProperty: true, visibilityProperty: true })
  const found = [...document.body.querySelectorAll('*')]
    .filter((element) => !isHidden(element) && out(element.getBoundingClientRect()))
    .filter((element) => getComputedStyle(element).clipPath === 'none' && !element.closest('svg'))
    .map((element) => `${element.tagName}.${element.className} ${element.textContent.trim().slice(0, 30)}`)
  const page = document.documentElement.scrollWidth
  return page > wide ? [...found, `the page is ${page} wide`] : found
}"""

# Text that is cut off, or that runs out of its own button.
_CLIPPED: Final = """() => [...document.body.querySelectorAll('*')]
  .filter((element) => element.checkVisibility() && element.innerText && !element.closest('.unseen'))
  .filter((element) => !['SELECT', 'OPTION', 'TEXTAREA'].includes(element.tagName))
  .filter((element) => {
    const { overflowX, overflowY, display } = getComputedStyle(element)
    const isWide = element.scrollWidth > element.clientWidth + 1
    const isHigh = element.scrollHeight > element.clientHeight + 1
    const isControl = element.matches('button, a.button, .mark, summary')
    if (display === 'inline') return false
    const isCut = (overflow) => ['hidden', 'clip'].includes(overflow)
    return (isWide && (isControl || isCut(overflowX))) || (isHigh && isCut(overflowY))
  })
  .map((element) => `${element.tagName}.${element.className} ${element.innerText.slice(0, 60)}`)
"""

_SMALL_TARGETS: Final = """() => [...document.querySelectorAll('a[href], button, input, textarea, summary')]
  .filter((element) => element.checkVisibility() && getComputedStyle(element).clipPath === 'none')
  .filter((element) => !element.closest('p'))
  .map((element) => [element, [element, ...(element.labels ?? [])].map((one) => one.clientHeight)])
  .map(([element, heights]) => [element, Math.max(...heights)])
  .filter(([, height]) => height < 44)
  .map(([element, height]) => `${element.outerHTML.slice(0, 80)} is ${height} px high`)
"""


@cache
def _axe_source() -> str:
    return AXE.read_text("utf-8")


async def axe(tab: ChromeTab) -> list[str]:
    """Return what axe finds wrong with what is shown now."""
    # Handed over as source: under the page's policy no script element may bring it.
    await tab.page.evaluate(f"if (!window.axe) {{ {_axe_source()} }}")
    return await texts(tab, _RUN, TAGS)


async def overflow(tab: ChromeTab) -> list[str]:
    """Return what sticks out of the window to the left or to the right."""
    return await texts(tab, _OVERFLOW)


async def clipped(tab: ChromeTab) -> list[str]:
    """Return the texts that are cut off."""
    return await texts(tab, _CLIPPED)


async def small_targets(tab: ChromeTab) -> list[str]:
    """Return controls that are less than 44 px high; links inside a sentence are let be (WCAG 2.5.8)."""
    return await texts(tab, _SMALL_TARGETS)


async def violations(tab: ChromeTab) -> list[str]:
    """Return the reports of the content security policy and of Trusted Types."""
    return await texts(tab, "() => window.watch.violations")
