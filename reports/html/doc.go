// Package html renders a record stream as one HTML file that needs nothing
// else: no network, no other file, and no script, which only adds a search. It
// is legible on a phone, in light and dark and on paper.
//
// Start with [New], which is a reports.Handler like the renderings of package
// reports, and takes its words from the same places: reports.Summary,
// reports.Case.Details and reports.Summary.Tables. It decides nothing.
//
// The files kit.go, table.go and chart.go, with page/kit.html, know nothing of
// a run: a page, a table whose rows can be filtered, and charts. What is
// particular to a run is in report.go, cases.go and measurements.go. [Site] is
// a static site about a catalogue and a comparison.
package html
