// A person in front of a browser, who signs in to an application.
import { chromium } from 'playwright-core'
import { patience } from './world.mjs'

export const launch = () => chromium.launch({
  executablePath: process.env.CHROMIUM,
  headless: true,
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync']
})

// Who signs in, how, and as whom the application must know them.
const john = 'usr_10000000000000001'
const mary = 'usr_10000000000000002'
const acme = 'org_10000000000000001'
export const globex = 'org_10000000000000002'
const initech = 'org_10000000000000003'

export const methods = {
  password: { user: john, organization: acme, roles: 'admin' },
  code: { user: mary, organization: globex },
  link: { user: mary, organization: globex },
  social: { user: mary, organization: globex },
  sso: { user: 'usr_10000000000000003', organization: initech }
}

export class Person {
  problems = []

  static async open (browser, world) {
    const person = new Person()
    person.world = world
    // axe-core is put into pages whose policy allows no scripts of others.
    person.context = await browser.newContext({ bypassCSP: true })
    person.page = await person.context.newPage()
    person.page.setDefaultTimeout(patience)
    person.page.on('pageerror', e => person.problems.push(String(e)))
    return person
  }

  press (name) {
    return this.page.getByRole('button', { name, exact: true }).click()
  }

  get signInLink () {
    return this.page.getByRole('link', { name: 'Sign in', exact: true })
  }

  isSignedIn () {
    return this.page.getByRole('button', { name: 'Sign out' }).isVisible()
  }

  async seesAlert (text) {
    const alert = this.page.getByRole('alert')
    return await alert.isVisible() && text.test(await alert.innerText())
  }

  // signIn signs in by one of the methods.
  async signIn (method) {
    await this.page.goto(this.world.url)
    await this.signInLink.click()
    await this[method]()
    await this.page.getByRole('button', { name: 'Sign out' }).waitFor()
  }

  async identify (email) {
    await this.page.getByLabel('Email address').fill(email)
    await this.page.keyboard.press('Enter')
  }

  async password () {
    await this.identify('john.doe@example.com')
    await this.page.getByLabel('Password').fill('correct-horse')
    await this.page.keyboard.press('Enter')
    await this.page.getByLabel('Acme Corporation').check()
    await this.press('Continue')
  }

  async code () {
    await this.identify('mary@example.com')
    await this.press('Email me a code')
    await this.page.getByLabel('Code').waitFor()
    const mail = await this.context.newPage()
    await mail.goto(this.outbox)
    const [code] = (await mail.locator('article').first().innerText()).match(/\b\d{6}\b/)
    await mail.close()
    await this.page.getByLabel('Code').fill(code)
    await this.press('Continue')
  }

  async link () {
    await this.identify('mary@example.com')
    await this.press('Email me a link')
    await this.page.getByText('We have sent a link').waitFor()
    await this.page.goto(this.outbox)
    await this.page.locator('article').first().getByRole('link').click()
    await this.press('Sign in')
  }

  async social () {
    await this.press('Continue with Google')
    await this.page.getByLabel('mary@example.com').check()
    await this.press('Sign in')
  }

  async sso () {
    await this.identify('peter@initech.example')
    await this.page.getByLabel('peter@initech.example').check()
    await this.press('Sign in')
  }

  get outbox () {
    return this.world.mine.SCALEKIT_ENVIRONMENT_URL + '/outbox'
  }

  // shown is what the page says of the user.
  shown () {
    return this.page.locator('dl').evaluate(dl => Object.fromEntries([...dl.querySelectorAll('dt')].map(dt => [dt.innerText, dt.nextElementSibling.innerText.trim()])))
  }

  // agent waits for what Char's agent says, and returns it line by line.
  async agent () {
    await this.page.waitForFunction(() => /^(Connected|[A-Z_]+:)/.test(document.querySelector('char-agent')?.innerText ?? ''))
    return this.page.locator('char-agent').evaluate(e => e.innerText.split('\n').filter(Boolean))
  }

  // configureChar changes the settings of Char, on its page.
  async configureChar (issuer, clientId) {
    const page = await this.context.newPage()
    await page.goto(this.world.char + '/')
    await page.getByLabel('Issuer URL').fill(issuer)
    await page.getByLabel('Client ID').fill(clientId)
    await page.getByRole('button', { name: 'Save Changes', exact: true }).click()
    await page.getByText('The changes are saved').waitFor()
    await page.close()
  }
}
