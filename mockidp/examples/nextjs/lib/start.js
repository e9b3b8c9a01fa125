import { application } from './application.js'

// start ends a server that lacks a setting.
export function start () {
  try {
    application()
  } catch (error) {
    console.error(error.message)
    process.exit(1)
  }
}
