package reports_test

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-id/assay/reports"
)

// detailLines prints details one a line: label, sign, text, note, and a dot
// before what is context.
func detailLines(details []reports.Detail) []string {
	var out []string
	for _, d := range details {
		line := fmt.Sprintf("%s%s %s", d.Label, d.Mark.Sign(), d.Text)
		if d.Note != "" {
			line += " | " + d.Note
		}
		if d.Context {
			line = ". " + line
		}
		out = append(out, line)
	}
	return out
}

func TestDetailsCompareTokens(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 300)
	tests := []struct {
		name          string
		before, after string // the payloads
		want          []string
	}{
		{"a member changed", `{"iss":"i","aud":["c"]}`, `{"iss":"i","aud":["c1"]}`,
			[]string{`. payload  iss  "i"`, `payload- aud  ["c"]`, `payload+ aud  ["c1"]`}},
		{"a member added and one removed", `{"iss":"i","sub":"s"}`, `{"iss":"i","nbf":0}`,
			[]string{`. payload  iss  "i"`, `payload+ nbf  0 | 1970-01-01 00:00:00 UTC`, `payload- sub  "s"`}},
		{"a member repeated", `{"aud":"c"}`, `{"aud":"c","aud":"d"}`,
			[]string{`. payload  aud  "c"`, `payload+ aud  "d"`}},
		{"the first of two repeated", `{"aud":"c"}`, `{"aud":"d","aud":"c"}`,
			[]string{`payload- aud  "c"`, `payload+ aud  "d"`, `payload+ aud  "c"`}},
		{"a name hidden by an escape", `{"aud":"c"}`, "{\"\\u0061ud\":\"c\"}",
			[]string{`payload- {"aud":"c"}`, `payload+ {"\u0061ud":"c"}`}},
		{"only spaces differ", `{"aud":"c"}`, `{"aud": "c"}`,
			[]string{`payload- {"aud":"c"}`, `payload+ {"aud": "c"}`}},
		{"only the order differs", `{"a":1,"b":2}`, `{"b":2,"a":1}`,
			[]string{`payload- {"a":1,"b":2}`, `payload+ {"b":2,"a":1}`}},
		{"the change is no JSON", `{"aud":"c"}`, `{"aud":"c"`,
			[]string{`payload- {"aud":"c"}`, `payload+ {"aud":"c"`}},
		{"the change is no object", `{"aud":"c"}`, `["c"]`,
			[]string{`payload- {"aud":"c"}`, `payload+ ["c"]`}},
		{"something follows the object", `{"a":1}`, `{"a":1}x`,
			[]string{`payload- {"a":1}`, `payload+ {"a":1}x`}},
		{"the change is nothing", `{"aud":"c"}`, ``,
			[]string{`payload- {"aud":"c"}`, `payload+ (empty)`}},
		{"an escape sequence in a claim", `{"name":"m"}`, "{\"name\":\"\x1b[31m\"}",
			[]string{`payload- {"name":"m"}`, `payload+ {"name":"\x1b[31m"}`}},
		{"bytes that are no UTF-8", `{"name":"m"}`, "{\"name\":\"\xff\"}",
			[]string{`payload- name  "m"`, `payload+ name  "\xff"`}},
		{"a difference far inside", `{"a":"` + long + `1"}`, `{"a":"` + long + `2"}`,
			[]string{`payload- a  …` + long[:40] + `1" (303 bytes)`, `payload+ a  …` + long[:40] + `2" (303 bytes)`}},
		{"no change", `{"aud":"c"}`, `{"aud":"c"}`, []string{`. payload  aud  "c"`}},
		{"a date that is none", `{"exp":1}`, `{"exp":1e300}`,
			[]string{`payload- exp  1 | 1970-01-01 00:00:01 UTC`, `payload+ exp  1e300`}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := reports.Case{Evidence: &reports.Evidence{
				Before: &reports.Token{Payload: tt.before}, After: &reports.Token{Payload: tt.after},
			}}
			var got []reports.Detail
			for _, d := range c.Details() {
				if d.Role == reports.RoleToken {
					got = append(got, d)
				}
			}
			if diff := cmp.Diff(tt.want, detailLines(got)); diff != "" {
				t.Errorf("Details differ (-want +got):\n%s", diff)
			}
		})
	}
}

func TestDetailsOfACase(t *testing.T) {
	t.Parallel()
	c := reports.Case{
		Level: reports.LevelMust, Spec: []string{"RFC 7519 §2", "OIDC Core 1.0 §2"}, Outcome: reports.OutcomeHang,
		Want: "accept", Why: "no answer within 5 s",
		Evidence: &reports.Evidence{
			Changes: []string{"claim aud:\nsplit"},
			After:   &reports.Token{Header: `{"alg":"RS256"}`, Signature: "c2ln", Compact: "e30.e30.c2ln", Bytes: 1 << 20},
			Steps: []reports.Step{
				{Do: "verify before", Want: "accept", Got: "accept", OK: true, DurationMillis: 1.5},
				{Do: "verify after", Want: "accept", Got: "reject x"},
				{Do: "reach the environment", Got: "connection refused"},
			},
			Notes: []string{"two nodes"},
		},
		Causes: []string{"c1", "c2"}, Advice: []string{"a"}, Repeat: "assay run x",
	}
	for range 25 {
		c.Evidence.Requests = append(c.Evidence.Requests, reports.Request{Method: "GET", Path: "/keys", Status: 503, Bytes: 12, Fault: "status", UserAgent: "x\x1b", AtMillis: 2})
	}
	request := `idp  GET /keys 503 12 B | at 2.00 ms, fault status, by x\x1b`
	want := []string{
		`want  accept | RFC 7519 §2; OIDC Core 1.0 §2 (must)`,
		`got! no answer in time`,
		`why  no answer within 5 s`,
		`change  claim aud:\nsplit`,
		`. header  alg  "RS256"`,
		`. sig  c2ln`,
		`size  1,048,576 bytes; the texts above are cut`,
		`. wire  e30.e30.c2ln`,
		`step  1 verify before: accept | 1.50 ms`,
		`step! 2 verify after: want accept, got reject x`,
		`step! 3 reach the environment: connection refused`,
	}
	for range 20 {
		want = append(want, request)
	}
	want = append(want, `idp  … and 5 more requests`, `note  two nodes`, `cause  c1`, `cause  c2`, `do  a`, `again  assay run x`)
	if diff := cmp.Diff(want, detailLines(c.Details())); diff != "" {
		t.Errorf("Details differ (-want +got):\n%s", diff)
	}
}

// A record of megabytes, well-made or not, must not stall a rendering.
func TestDetailsAreShort(t *testing.T) {
	t.Parallel()
	huge := strings.Repeat("日", 1<<20)
	c := reports.Case{
		Want: huge, Got: huge, Why: huge, Spec: []string{huge}, Causes: []string{huge}, Repeat: huge,
		Evidence: &reports.Evidence{
			Changes: []string{huge}, Before: &reports.Token{Payload: huge}, After: &reports.Token{Payload: `{"a":"` + huge + `"}`, Compact: huge},
			Steps: []reports.Step{{Do: huge}}, Requests: []reports.Request{{Path: huge}},
		},
	}
	for _, d := range c.Details() {
		if len(d.Text) > 9000 || len(d.Note) > 9000 || !utf8.ValidString(d.Text+d.Note) {
			t.Errorf("%s has %d and %d bytes, want less than 9,000 of UTF-8",
				d.Label, len(d.Text), len(d.Note))
		}
	}
}

// Whatever a record holds, no detail of it may reach the terminal raw.
func TestDetailsAreEscaped(t *testing.T) {
	t.Parallel()
	evil := "\x1b]0;x\a\r\n\u202e"
	tok := func(s string) *reports.Token {
		return &reports.Token{Header: `{"` + evil + `":"` + s + evil + `"}`, Payload: evil + s, Signature: evil + s, Compact: evil, Bytes: 1}
	}
	for _, outcome := range reports.Outcomes() {
		c := reports.Case{
			ID: evil, Title: evil, Group: evil, Level: reports.Level(evil), Policy: evil, Spec: []string{evil}, Outcome: outcome,
			Code: evil, Want: evil, Got: evil, Why: evil, ReasonUnknown: true,
			Evidence: &reports.Evidence{
				Changes: []string{evil}, Before: tok("a"), After: tok("b"), Notes: []string{evil},
				Steps:    []reports.Step{{Do: evil, Want: evil, Got: evil}},
				Requests: []reports.Request{{Method: evil, Path: evil, Fault: evil, UserAgent: evil}},
			},
			Causes: []string{evil}, Advice: []string{evil}, Repeat: evil,
		}
		for _, d := range c.Details() {
			if reports.Escape(d.Text) != d.Text || reports.Escape(d.Note) != d.Note {
				t.Errorf("a detail %q of a %s holds %q and %q, which are not escaped",
					d.Label, outcome, d.Text, d.Note)
			}
		}
	}
}
