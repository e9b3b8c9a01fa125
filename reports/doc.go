// Package reports holds the record types of a run, the stream they travel in,
// and the renderings of that stream as text; package html renders it as a page.
//
// A run is a sequence of JSON lines: one [Header], one [Plan], any number of
// [Start], [Case], [Sample] and [Progress] records, and one [Footer]. Everything that
// shows a run, the terminal UI included, reads only that stream, so a recorded
// run can be shown again in any form. A stream stays valid when all Start and
// Progress records are removed. A stream without a Footer is an incomplete run, and
// readers report it as such.
//
// Start with [Record], which documents each kind of line. [Writer] and [Read]
// move a stream, [Text], [JUnit], [Markdown], [SARIF] and [Annotations] render
// it, and [Copy] joins the two ends.
// [Merge] joins the shards of one run and [Diff] compares two runs.
// [Summary] holds the totals and [Case.Details] the lines about one case, from
// which every rendering takes its wording. The package does not execute or
// judge anything, and never holds a private key or a client secret: tokens in
// [Evidence] are those that the harness forged itself.
//
// A [Diagnosis] of one token and a [Checkup] of one issuer are records of their
// own, outside of a stream.
//
// Types here carry data only and are not safe for concurrent mutation.
package reports
