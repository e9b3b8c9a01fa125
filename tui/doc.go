// Package tui is the terminal UI: it lists scenarios, runs them, shows what
// passed and why the rest did not, keeps and compares runs, shows benchmarks and
// loads that a worker measures, steers the mock environment, looks into one
// token, and makes documented errors happen.
//
// Start with [Run]. What the UI needs from the rest of the program is the
// [Engine] interface, which supplies records of package reports. The package
// executes, judges and measures nothing itself, and is the only one that
// imports Bubble Tea.
//
// Each tab is a screen, an interface that names its keys and hints and draws
// itself; a run belongs to the screen that shows it. There is one model. Its
// Update never waits: commands do the work, results come back as messages, and
// records come in batches. Apart from key presses, the screen is drawn at most
// ten times a second, and twice while something is measured. Every part of it is cut to an exact rectangle, so that no
// text can break the layout.
//
// Call [Run] once at a time, for one terminal.
package tui
