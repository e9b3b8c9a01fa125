// Sessions in files that nobody reads without the key: AES-256-GCM, bound to the
// name of the session, so that one file cannot take the place of another.
import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

export class Store {
  #dir
  #key

  constructor (dir, key) {
    mkdirSync(dir, { recursive: true, mode: 0o700 })
    this.#dir = dir
    this.#key = key
  }

  // The name of a file does not give away the ID, which is the user's credential.
  #file (id) {
    return join(this.#dir, createHash('sha256').update(id).digest('hex') + '.session')
  }

  // save replaces the file at once: a process that dies leaves the old one.
  async save (id, session) {
    const iv = randomBytes(12)
    const cipher = createCipheriv('aes-256-gcm', this.#key, iv).setAAD(Buffer.from(id))
    const text = Buffer.concat([cipher.update(JSON.stringify(session)), cipher.final()])
    const file = this.#file(id)
    const next = `${file}.${randomBytes(6).toString('hex')}`
    await writeFile(next, Buffer.concat([iv, cipher.getAuthTag(), text]), { mode: 0o600 })
    await rename(next, file)
  }

  // load returns a session, or undefined if there is none that this key opens.
  async load (id) {
    let sealed
    try {
      sealed = await readFile(this.#file(id))
    } catch (e) {
      if (e.code === 'ENOENT') return undefined
      throw e
    }
    try {
      const decipher = createDecipheriv('aes-256-gcm', this.#key, sealed.subarray(0, 12)).setAAD(Buffer.from(id)).setAuthTag(sealed.subarray(12, 28))
      return JSON.parse(Buffer.concat([decipher.update(sealed.subarray(28)), decipher.final()]))
    } catch {
      return undefined
    }
  }

  remove (id) {
    return rm(this.#file(id), { force: true })
  }
}
