// Package page renders the pages that people see: the login pages, the
// outbox, errors. They are plain HTML that needs no script, no other file and
// no colour, and work from 320 CSS pixels up. The package decides nothing;
// the handler of a form decides what it does.
package page
