// Package page renders the pages that people see: the login pages, the
// outbox, errors. They are plain HTML that needs no script, no other file and
// no colour, and work from 320 CSS pixels up. The package decides nothing;
// what a form does is the business of who handles it.
package page
