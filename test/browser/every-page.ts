import type { Page } from '../support/chromium.js'
import { askToSignIn, type BrowserSetup, choose, signIn } from './setup.js'

/** What a stage needs so that every page can be seen. */
export const SETTINGS = { PROVIDERS: 'dev,github', GITHUB_CLIENT_ID: 'known', GITHUB_CLIENT_SECRET: 'nothing' }

type Way = (page: Page, stage: BrowserSetup) => Promise<unknown>

/** The way to every page of the app and of the development provider, from a fresh browser. */
export const everyPage: Readonly<Record<string, Way>> = {
  'the choice of providers': (page, { app }) => page.goto(`${app.origin}/login`),
  'the home page': (page, stage) => signIn(page, stage),
  'the profile': (page, stage) => signIn(page, stage, 'ada', '/profile'),
  'the profile of somebody without repositories': (page, stage) => signIn(page, stage, 'k', '/profile'),
  'the profile while the provider is asleep': sleepyProfile,
  'the account': (page, stage) => signIn(page, stage, 'ada', '/account'),
  'the page after a wrong word for leaving': wrongWord,
  'the question before signing out': (page, stage) => signIn(page, stage).then(() => goto(page, stage, '/logout')),
  'the page after signing out': (page, { app }) => page.goto(`${app.origin}/signed-out`),
  'the page of a refusal': (page, stage) => askToSignIn(page, stage).then(() => choose(page, stage, 'ada', 'denied')),
  'the page of an address that does not exist': (page, stage) => goto(page, stage, '/nowhere'),
  'the development provider': (page, stage) => askToSignIn(page, stage),
  'the development provider with its faults open': (page, stage) =>
    askToSignIn(page, stage).then(() => page.click('summary')),
  'an error page of the development provider': (page, { provider }) =>
    page.goto(`${provider}/login/oauth/authorize?client_id=nobody`),
}

const goto = (page: Page, { app }: BrowserSetup, path: string): Promise<unknown> => page.goto(app.origin + path)

async function sleepyProfile(page: Page, stage: BrowserSetup): Promise<void> {
  await signIn(page, stage)
  stage.providerSleeps = true
  await page.goto(`${stage.app.origin}/profile`).finally(() => {
    stage.providerSleeps = false
  })
  await page.getByText('did not answer in time').waitFor()
}

async function wrongWord(page: Page, stage: BrowserSetup): Promise<void> {
  await signIn(page, stage, 'ada', '/account')
  await page.getByLabel('To be sure').fill('somebody else')
  await page.getByRole('button', { name: 'Delete my account' }).click()
  await page.getByText('your account is still there').waitFor()
}
