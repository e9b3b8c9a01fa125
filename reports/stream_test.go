package reports_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/assay-id/assay/reports"
)

const (
	headerLine = `{"kind":"header","header":{"schema_version":1,"tool":"assay","tool_version":"0.1.0","command":"run","implementation":{"name":"builtin"},"host":{"os":"linux","arch":"amd64","cpus":2,"gomaxprocs":2,"go":"go1.26"},"started_at":"2026-11-23T15:05:10Z"}}`
	planLine   = `{"kind":"plan","plan":{"cases":[{"id":"a.b","title":"T","group":"a","level":"must"}]}}`
	caseLine   = `{"kind":"case","case":{"id":"a.b","title":"T","group":"a","level":"must","outcome":"pass","want":"accept","got":"accept","duration_ms":1}}`
	startLine  = `{"kind":"start","start":{"id":"a.b","at":"2026-11-23T15:05:10Z"}}`
	footerLine = `{"kind":"footer","footer":{"planned":1,"judged":1,"counts":{"pass":1},"duration_s":1,"ended_at":"2026-11-23T15:05:11Z"}}`
)

func lines(s ...string) string { return strings.Join(s, "\n") + "\n" }

func TestReadRefuses(t *testing.T) {
	t.Parallel()
	replace := func(line, old, new string) string {
		if !strings.Contains(line, old) {
			t.Fatalf("%q is not in %s", old, line)
		}
		return strings.Replace(line, old, new, 1)
	}
	tests := []struct {
		name   string
		stream string
		want   string
	}{
		{"an empty stream", "", "after 0 lines: the stream has no footer"},
		{"a case first", lines(caseLine), `line 1: the stream begins with a case, want a header`},
		{"two headers", lines(headerLine, headerLine), `line 2: a second header`},
		{"two plans", lines(headerLine, planLine, planLine), `line 3: a second plan`},
		{"a case before the plan", lines(headerLine, caseLine), `line 2: case "a.b" comes before the plan`},
		{"a start before the plan", lines(headerLine, startLine), `line 2: case "a.b" begins before the plan`},
		{"a start that is not planned", lines(headerLine, planLine, replace(startLine, `"a.b"`, `"a.c"`)), `line 3: case "a.c" begins and is not in the plan`},
		{"a start after the result", lines(headerLine, planLine, caseLine, startLine), `line 4: case "a.b" begins after it was judged`},
		{"a case twice", lines(headerLine, planLine, caseLine, caseLine), `line 4: case "a.b" is judged twice`},
		{"an unplanned case", lines(headerLine, planLine, replace(caseLine, `"a.b"`, `"a.c"`)), `line 3: case "a.c" is not in the plan`},
		{"a line after the footer", lines(headerLine, planLine, caseLine, footerLine, `{"kind":"progress","progress":{"done":1,"total":1}}`), `line 5: a progress follows the footer`},
		{"an unknown kind", lines(headerLine, `{"kind":"verdict","verdict":{}}`), `line 2: unknown record kind "verdict"`},
		{"a long unknown kind", lines(headerLine, `{"kind":"`+strings.Repeat("v", 1<<20)+`"}`), `line 2: unknown record kind "vvvv`},
		{"a kind without its member", lines(headerLine, `{"kind":"plan"}`), `line 2: a record of kind "plan" has no member "plan"`},
		{"a kind with another's member", lines(headerLine, `{"kind":"plan","plan":{"cases":[]},"progress":{"done":0,"total":0}}`), `line 2: a record of kind "plan" has the member "progress"`},
		{"an unknown outcome", lines(headerLine, planLine, replace(caseLine, `"pass"`, `"green"`)), `line 3: case "a.b" has the unknown outcome "green"`},
		{"an unknown level", lines(headerLine, replace(planLine, `"must"`, `"MUST"`)), `line 2: case "a.b" has the unknown level "MUST"`},
		{"a case planned twice", lines(headerLine, `{"kind":"plan","plan":{"cases":[{"id":"a","title":"","group":"","level":"may"},{"id":"a","title":"","group":"","level":"may"}]}}`), `line 2: the plan lists case "a" twice`},
		{"no JSON", lines(headerLine, `plan`), `line 2: not a record: want a JSON object, as in the output of assay run -o run.jsonl`},
		{"an empty line", lines(headerLine, "", planLine), `line 2: not a record: `},
		{"a member twice", lines(headerLine, `{"kind":"plan","kind":"plan","plan":{"cases":[]}}`), `line 2: not a record: `},
		{"a member in capitals", lines(headerLine, `{"Kind":"plan","plan":{"cases":[]}}`), `line 2: a record of kind "" has the member "plan"`},
		{"a footer that counts what is not there", lines(headerLine, planLine, footerLine), `line 3: the footer says 1 judged, the stream holds 0 cases`},
		{"a footer that hides a failure", lines(headerLine, planLine, replace(caseLine, `"pass"`, `"fail"`), footerLine), `line 4: the footer says 1 of outcome pass, the stream holds 0`},
		{"a footer with another plan", lines(headerLine, planLine, caseLine, replace(footerLine, `"planned":1`, `"planned":2`)), `line 4: the footer says 2 planned, the plan lists 1`},
		{"a newer schema", lines(replace(headerLine, `"schema_version":1`, `"schema_version":2`)), `line 1: schema version 2, and this assay reads up to 1: use a newer assay`},
		{"a newer schema of another shape", lines(`{"kind":"header","header":{"schema_version":7,"host":"x"},"future":[]}`), `line 1: schema version 7`},
		{"no schema version", lines(replace(headerLine, `"schema_version":1`, `"schema_version":0`)), `line 1: schema version 0, want 1 or more`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := collect(reports.Read(strings.NewReader(tt.stream)))
			if err == nil || !strings.HasPrefix(err.Error(), tt.want) {
				t.Errorf("Read = %v, want an error that begins with %q", err, tt.want)
			}
			if err != nil && len(err.Error()) > 300 {
				t.Errorf("the error has %d bytes", len(err.Error()))
			}
		})
	}
}

func TestReadTakesWhatItDoesNotKnow(t *testing.T) {
	t.Parallel()
	stream := lines(headerLine, planLine, strings.Replace(caseLine, `"duration_ms"`, `"mood":{"a":[1]},"duration_ms"`, 1), footerLine)
	got, err := collect(reports.Read(strings.NewReader(stream)))
	if err != nil || len(got) != 4 {
		t.Fatalf("Read = %d records, %v, want 4 and no error", len(got), err)
	}
	if got[2].Case.DurationMillis != 1 {
		t.Errorf("the member after the unknown one is %v, want 1", got[2].Case.DurationMillis)
	}
}

func TestReadIncomplete(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		stream string
		want   int
	}{
		{"stopped between records", lines(headerLine, planLine, caseLine), 3},
		{"killed while writing", lines(headerLine, planLine, caseLine) + footerLine[:40], 3},
		{"killed before the newline", lines(headerLine, planLine) + caseLine, 3},
		{"stopped after the header", lines(headerLine), 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := collect(reports.Read(strings.NewReader(tt.stream)))
			if !errors.Is(err, reports.ErrIncomplete) || len(got) != tt.want {
				t.Errorf("Read = %d records, %v, want %d and ErrIncomplete", len(got), err, tt.want)
			}
		})
	}
	t.Run("no newline after the footer", func(t *testing.T) {
		t.Parallel()
		stream := lines(headerLine, planLine, caseLine) + footerLine
		if got, err := collect(reports.Read(strings.NewReader(stream))); err != nil || len(got) != 4 {
			t.Errorf("Read = %d records, %v, want 4 and no error", len(got), err)
		}
	})
}

// endless yields one line without an end.
type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	return len(p), nil
}

func TestReadLimitsLines(t *testing.T) {
	t.Parallel()
	_, err := collect(reports.Read(endless{}))
	if err == nil || !strings.Contains(err.Error(), "line 1: longer than 16777216 bytes") {
		t.Errorf("Read = %v, want an error about the limit", err)
	}
}

func TestReadReportsTheReader(t *testing.T) {
	t.Parallel()
	broken := errors.New("disk gone")
	r := io.MultiReader(strings.NewReader(lines(headerLine)), &failing{broken})
	if got, err := collect(reports.Read(r)); !errors.Is(err, broken) || len(got) != 1 {
		t.Errorf("Read = %d records, %v, want 1 and %v", len(got), err, broken)
	}
}

// failing fails every Read and Write.
type failing struct{ err error }

func (f *failing) Read([]byte) (int, error)  { return 0, f.err }
func (f *failing) Write([]byte) (int, error) { return 0, f.err }

func TestRecordedStreamsRoundTrip(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"run.jsonl", "incomplete.jsonl", "bench.jsonl", "load.jsonl"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			want, err := os.ReadFile(filepath.Join("testdata", name))
			if err != nil {
				t.Fatal(err)
			}
			var got bytes.Buffer
			err = reports.Copy(reports.NewWriter(&got), reports.Read(bytes.NewReader(want)))
			if incomplete := errors.Is(err, reports.ErrIncomplete); incomplete != (name == "incomplete.jsonl") || (err != nil && !incomplete) {
				t.Errorf("Copy(%s) = %v", name, err)
			}
			if diff := cmp.Diff(string(want), got.String()); diff != "" {
				t.Errorf("written again, %s differs (-want +got):\n%s", name, diff)
			}
		})
	}
}

// counting counts Writes and checks that each is one whole line.
type counting struct {
	t *testing.T
	n int
	b bytes.Buffer
}

func (c *counting) Write(p []byte) (int, error) {
	if bytes.Count(p, []byte("\n")) != 1 || p[len(p)-1] != '\n' {
		c.t.Errorf("one Write holds %q, want one line", p)
	}
	c.n++
	return c.b.Write(p)
}

func TestWriterIsConcurrent(t *testing.T) {
	t.Parallel()
	const cases = 200
	out := &counting{t: t}
	w := reports.NewWriter(out)
	plan := &reports.Plan{}
	for i := range cases {
		plan.Cases = append(plan.Cases, reports.PlannedCase{ID: fmt.Sprint("a.", i), Group: "a", Level: reports.LevelMay})
	}
	handle := func(r reports.Record) {
		if err := w.Handle(r); err != nil {
			t.Errorf("Handle(%s) = %v", r.Kind, err)
		}
	}
	handle(reports.Record{Kind: reports.KindHeader, Header: &reports.Header{SchemaVersion: reports.SchemaVersion}})
	handle(reports.Record{Kind: reports.KindPlan, Plan: plan})
	var wg sync.WaitGroup
	for _, p := range plan.Cases {
		wg.Go(func() {
			handle(reports.Record{Kind: reports.KindCase, Case: &reports.Case{ID: p.ID, Group: p.Group, Level: p.Level, Outcome: reports.OutcomePass}})
		})
	}
	wg.Wait()
	handle(reports.Record{Kind: reports.KindFooter, Footer: &reports.Footer{Planned: cases, Judged: cases, Counts: map[reports.Outcome]int{reports.OutcomePass: cases}}})
	if err := w.Close(); err != nil {
		t.Error(err)
	}
	if out.n != cases+3 {
		t.Errorf("%d Writes, want %d", out.n, cases+3)
	}
	if got, err := collect(reports.Read(&out.b)); err != nil || len(got) != cases+3 {
		t.Errorf("Read = %d records, %v, want %d", len(got), err, cases+3)
	}
}

func TestWriterKeepsTheFirstError(t *testing.T) {
	t.Parallel()
	header := reports.Record{Kind: reports.KindHeader, Header: &reports.Header{SchemaVersion: 1}}
	broken := errors.New("disk full")

	w := reports.NewWriter(&failing{broken})
	for range 2 {
		if err := w.Handle(header); !errors.Is(err, broken) {
			t.Errorf("Handle = %v, want %v", err, broken)
		}
	}
	if err := w.Close(); !errors.Is(err, broken) {
		t.Errorf("Close = %v, want %v", err, broken)
	}

	var b bytes.Buffer
	w = reports.NewWriter(&b)
	if err := w.Handle(header); err != nil {
		t.Fatal(err)
	}
	sample := reports.Record{Kind: reports.KindSample, Sample: &reports.Sample{RatePerSecond: math.NaN()}}
	if err := w.Handle(sample); err == nil || !strings.Contains(err.Error(), "encoding a sample") {
		t.Errorf("Handle(NaN) = %v, want an error about the encoding", err)
	}
	if err := w.Handle(reports.Record{Kind: reports.KindPlan, Plan: &reports.Plan{}}); err == nil {
		t.Error("Handle after an error = nil, want the first error")
	}
	if strings.Count(b.String(), "\n") != 1 {
		t.Errorf("the stream holds %q, want the header alone", b.String())
	}
}

func TestWriterRefusesDisorder(t *testing.T) {
	t.Parallel()
	w := reports.NewWriter(io.Discard)
	err := w.Handle(reports.Record{Kind: reports.KindFooter, Footer: &reports.Footer{}})
	if err == nil || err.Error() != "the stream begins with a footer, want a header" {
		t.Errorf("Handle(footer first) = %v", err)
	}
}

// remembering keeps what it is handed.
type remembering struct {
	kinds  []reports.Kind
	closed bool
	err    error
}

func (m *remembering) Handle(r reports.Record) error {
	m.kinds = append(m.kinds, r.Kind)
	return m.err
}

func (m *remembering) Close() error {
	m.closed = true
	return m.err
}

func TestTeeServesAllOfThem(t *testing.T) {
	t.Parallel()
	broken := errors.New("terminal gone")
	first, second := &remembering{err: broken}, &remembering{}
	tee := reports.Tee(first, second)
	for range 2 {
		err := tee.Handle(reports.Record{Kind: reports.KindProgress, Progress: &reports.Progress{}})
		if !errors.Is(err, broken) {
			t.Errorf("Handle = %v, want %v", err, broken)
		}
	}
	if err := tee.Close(); !errors.Is(err, broken) {
		t.Errorf("Close = %v, want %v", err, broken)
	}
	for _, m := range []*remembering{first, second} {
		if len(m.kinds) != 2 || !m.closed {
			t.Errorf("a handler got %v, closed %v, want two records and closed", m.kinds, m.closed)
		}
	}
}

func TestCopyClosesAfterAnError(t *testing.T) {
	t.Parallel()
	m := &remembering{}
	err := reports.Copy(m, reports.Read(strings.NewReader(lines(headerLine, planLine))))
	if !errors.Is(err, reports.ErrIncomplete) || !m.closed || len(m.kinds) != 2 {
		t.Errorf("Copy = %v after %v, closed %v, want ErrIncomplete after two records, closed", err, m.kinds, m.closed)
	}
	broken := errors.New("disk full")
	err = reports.Copy(reports.NewWriter(&failing{broken}), reports.Read(strings.NewReader(lines(headerLine))))
	if !errors.Is(err, broken) || strings.Count(err.Error(), "disk full") != 1 {
		t.Errorf("Copy = %v, want %v once", err, broken)
	}
}

func FuzzReadRoundTrip(f *testing.F) {
	f.Add([]byte(lines(headerLine, planLine, caseLine, footerLine)))
	f.Add([]byte(lines(headerLine, `{"kind":"sample","sample":{"series":"s","elapsed_s":1,"operations":2,"rate_per_s":3}}`)))
	f.Fuzz(func(t *testing.T, stream []byte) {
		records, err := collect(reports.Read(bytes.NewReader(stream)))
		if err != nil && !errors.Is(err, reports.ErrIncomplete) {
			return
		}
		var b bytes.Buffer
		w := reports.NewWriter(&b)
		for i, r := range records {
			if err := w.Handle(r); err != nil {
				t.Fatalf("Read took record %d, Handle says %v", i, err)
			}
		}
		again, _ := collect(reports.Read(&b))
		if diff := cmp.Diff(records, again, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("read again, the records differ (-want +got):\n%s", diff)
		}
	})
}
