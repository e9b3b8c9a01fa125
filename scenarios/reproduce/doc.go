// Package reproduce makes the documented causes of troubleshooting happen, and
// repairs them.
//
// A [Recipe] is one cause: it sets up a mock environment and an application,
// lets a user sign in over HTTP, shows the error as the application gets it,
// says why it came, applies the documented fix and shows that it helps. Start
// with [Recipes] and [Play].
//
// The application is the service of assay serve around the verifier, or a
// client of the token endpoint. Every server listens on a free loopback port
// and ends with the recipe, unless [Options.Keep] leaves it running.
package reproduce
