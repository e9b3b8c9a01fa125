package reports_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-id/assay/reports"
)

// packed returns a recorded stream of testdata as a part.
func packed(t *testing.T, name string) string {
	t.Helper()
	var text bytes.Buffer
	if err := reports.Copy(reports.NewPack(&text), recorded(t, name)); err != nil {
		t.Fatal(err)
	}
	return text.String()
}

func TestPackKeepsTheRecording(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"load.jsonl", "bench.jsonl", "run.jsonl"} {
		want, err := collect(recorded(t, name))
		if err != nil {
			t.Fatal(err)
		}
		want = slices.DeleteFunc(want, func(r reports.Record) bool {
			return r.Kind == reports.KindProgress || r.Kind == reports.KindStart || r.Kind == reports.KindSample && !r.Sample.Final
		})
		// As a log has it: with other lines, and line ends of another system.
		text := "a line\n" + strings.ReplaceAll(packed(t, name), "\n", "\r\n") + "another\n"
		streams, err := reports.Streams("log", strings.NewReader(text))
		if err != nil || len(streams) != 1 || streams[0].Name != "log" {
			t.Fatalf("Streams of a packed %s = %v, %v, want one", name, streams, err)
		}
		got, err := collect(streams[0].Records())
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("the unpacked %s: %v (-want +got):\n%s", name, err, diff)
		}
	}
}

func TestStreamsOfSeveralParts(t *testing.T) {
	t.Parallel()
	one := packed(t, "load.jsonl")
	streams, err := reports.Streams("log", strings.NewReader(one+"\n"+one))
	second := fmt.Sprintf("log:%d", strings.Count(one, "\n")+2)
	if err != nil || len(streams) != 2 || streams[0].Name != "log:1" || streams[1].Name != second {
		t.Errorf("Streams of two parts = %v, %v, want log:1 and %s", streams, err, second)
	}
}

func TestStreamsRefuses(t *testing.T) {
	t.Parallel()
	good := packed(t, "load.jsonl")
	lines := strings.SplitAfter(good, "\n")
	without := func(n int) string { return strings.Join(slices.Delete(slices.Clone(lines), n, n+1), "") }
	for _, test := range []struct{ name, text, want string }{
		{"nothing", "", "log: neither JSON lines nor a part"},
		{"other lines", "hello\n", "log: neither JSON lines nor a part"},
		{"no end", "x\n" + without(len(lines)-2), "log:2: the part that begins here has no end: it is cut off"},
		{"an end that belongs to the next", without(len(lines)-2) + good, "log:1: the part that begins here has no end"},
		{"a line is missing", without(7), "log:1: the part that begins here is damaged: its length: "},
		{"no header", without(3), "log:1: the part that begins here has no length and checksum"},
		{"another length", strings.Replace(good, "length: ", "length: 1", 1), `and the first line says "length: 1`},
		{"another checksum", strings.Replace(good, "sha256: ", "sha256: 0", 1), "log:1: the part that begins here is damaged: its checksum"},
		{"not base64", strings.Replace(good, lines[5], "*"+lines[5], 1), "log:1: the part that begins here is damaged: illegal base64"},
		{"too long", strings.Repeat("x", 65<<20), "log:0: more than 67108864 bytes"},
	} {
		if _, err := reports.Streams("log", strings.NewReader(test.text)); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("Streams of a log with %s = %.200v, want %q", test.name, err, test.want)
		}
	}
}
