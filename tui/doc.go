// Package tui is the terminal UI: it lists scenarios, runs them, shows what
// passed and why the rest did not, measures the hot path, and shows the mock
// environment.
//
// Start with [Run]. What the UI needs from the rest of the program is the
// [Engine] interface; what it shows are records of package reports, so a
// recorded run can be shown through [NewReplay] as if it happened now. The
// package executes, judges and measures nothing itself, and is the only one
// that imports Bubble Tea.
//
// There is one model. Its Update never waits: work is done by commands and
// comes back as messages, records come in batches, and the screen is drawn at
// most ten times a second beside the keys that are pressed. Every part of the
// screen is cut to an exact rectangle, so no text can break the layout.
//
// [Run] is meant for one call at a time and one terminal.
package tui
