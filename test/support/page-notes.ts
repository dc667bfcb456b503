import type { Page } from './http-browser.js'

/** What an error page says in local: "What happened: …", as text. */
export const whatHappened = (page: Pick<Page, 'text'>): string => noteOf(page, 'What happened')

/** "What to do: …" */
export const whatToDo = (page: Pick<Page, 'text'>): string => noteOf(page, 'What to do')

/** The page as visitors outside local would read it: without that note. */
export const forVisitors = ({ text }: Pick<Page, 'text'>): string =>
  text.replace(/<div class="note" role="note">\s*<p><b>What happened:[\s\S]*?<\/div>/, '')

function noteOf({ text }: Pick<Page, 'text'>, title: string): string {
  const [, html = ''] = new RegExp(`<p><b>${title}:</b> ([\\s\\S]*?)</p>`).exec(text) ?? []
  const plain = html.replace(/<[^>]*>/g, '')
  return plain.replace(/&(?:#39|quot|lt|gt|amp);/g, entity => ENTITIES[entity] ?? entity)
}

const ENTITIES: Record<string, string> = { '&#39;': "'", '&quot;': '"', '&lt;': '<', '&gt;': '>', '&amp;': '&' }
