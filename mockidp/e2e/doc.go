// Package e2e holds tests alone: clients that nobody here wrote, unmodified,
// log in to a mock environment and meet its faults, and a browser walks its
// login page and opens HTML reports. It is a module of its own, because those
// clients are none of the business of who imports assay.
//
// The script run installs what the tests need and runs them. What each client
// has accepted and refused is README.md, which the tests compare and, with
// -update, write.
package e2e
