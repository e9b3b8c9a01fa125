package reports_test

import (
	"fmt"
	"os"
	"strings"

	"github.com/assay-id/assay/reports"
)

// A recorded stream can be shown again in any form.
func ExampleCopy() {
	recording := `{"kind":"header","header":{"schema_version":1,"tool":"assay","tool_version":"0.1.0","command":"run","seed":"7f3a","implementation":{"name":"builtin"},"host":{"os":"linux","arch":"amd64","cpus":2,"gomaxprocs":2,"go":"go1.26"},"started_at":"2026-11-23T15:05:10Z"}}
{"kind":"plan","plan":{"cases":[{"id":"aud.suffix-char","title":"The audience is the client ID with one more character","group":"aud","level":"must"}]}}
{"kind":"case","case":{"id":"aud.suffix-char","title":"The audience is the client ID with one more character","group":"aud","level":"must","outcome":"fail","want":"reject INVALID_AUDIENCE","got":"accept","duration_ms":0.2}}
{"kind":"footer","footer":{"planned":1,"judged":1,"counts":{"fail":1},"duration_s":0.4,"ended_at":"2026-11-23T15:05:11Z"}}
`
	text := reports.NewText(os.Stdout, reports.TextOptions{Brief: true})
	if err := reports.Copy(text, reports.Read(strings.NewReader(recording))); err != nil {
		fmt.Println(err)
	}
	// Output:
	// FAILURES
	// FAIL  aud.suffix-char   want reject INVALID_AUDIENCE, got accept
	//
	// DONE 1 case: 1 failed in 0.4 s
}

func ExampleTee() {
	var recording strings.Builder
	h := reports.Tee(
		reports.NewWriter(&recording),
		reports.NewText(os.Stdout, reports.TextOptions{}),
	)
	for _, r := range []reports.Record{
		{Kind: reports.KindHeader, Header: &reports.Header{
			SchemaVersion: reports.SchemaVersion, Tool: "assay", ToolVersion: "0.1.0", Command: reports.CommandRun,
			Implementation: reports.Implementation{Name: "builtin"},
			Host:           reports.Host{OS: "linux", Arch: "amd64", CPUs: 2, GOMAXPROCS: 2, Go: "go1.26"},
		}},
		{Kind: reports.KindPlan, Plan: &reports.Plan{}},
	} {
		if err := h.Handle(r); err != nil {
			fmt.Println(err)
		}
	}
	if err := h.Close(); err != nil {
		fmt.Println(err)
	}
	fmt.Println(strings.Count(recording.String(), "\n"), "lines recorded")
	// Output:
	// RUN   builtin
	//       assay 0.1.0, linux/amd64, 2 CPUs, GOMAXPROCS 2, go1.26
	//
	// INCOMPLETE 0 cases; the stream has no footer
	// 2 lines recorded
}

func ExampleEscape() {
	fmt.Println(reports.Escape("skc_1\u200b\x1b[31m"))
	// Output: skc_1\u200b\x1b[31m
}
