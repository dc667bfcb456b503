import axe from 'axe-core'
import type { Page } from 'playwright-core'

/** What axe-core finds wrong with the page as it stands, one line for each element. Needs a page with scripts on. */
export async function axeViolations(page: Page): Promise<string[]> {
  // Evaluated by the debugger, which no content security policy binds, so the page is judged as it is served.
  await page.evaluate(axe.source)
  const { violations } = await page.evaluate<axe.AxeResults>('axe.run(document)')
  return violations.flatMap(({ id, impact, help, nodes }) =>
    nodes.map(node => `${id} (${impact ?? 'no impact given'}): ${help}: ${node.target.join(' ')} ${node.html}`),
  )
}
