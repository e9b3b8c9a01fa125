package scenarios_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"

	"github.com/assay-id/assay/scenarios"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// Each file under testdata/broken has one mistake, and beside it the text that
// its author must see.
func TestBrokenFiles(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/broken/*.yaml")
	if err != nil || len(files) < 10 {
		t.Fatalf("found %d files, %v", len(files), err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			_, err = scenarios.Parse(filepath.Base(file), data)
			if err == nil {
				t.Fatal("Parse took a broken file")
			}
			golden := strings.TrimSuffix(file, ".yaml") + ".txt"
			got := trimLines(err.Error())
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Errorf("error (-want +got):\n%s", diff)
			}
		})
	}
}

// trimLines removes the spaces that excerpts have at the ends of lines.
func trimLines(s string) string {
	lines := strings.Split(s, "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return strings.TrimRight(strings.Join(lines, "\n"), "\n") + "\n"
}

func TestParseReadsACase(t *testing.T) {
	t.Parallel()
	g, err := scenarios.Parse("x.yaml", []byte(`
group: x
title: Everything once
policy: strict
cases:
  - id: x.all
    title: A case with most keys
    level: hardening
    smoke: true
    needs: [clock]
    spec: [RFC 7519 §4.1.4]
    token:
      claims: { exp: =now-61s, aud: [a, { b: null }], n: 1.50, t: true }
      without: [iat]
    expect: accept or reject TOKEN_EXPIRED or MISSING_CLAIM
`))
	if err != nil {
		t.Fatal(err)
	}
	s := g.Cases[0]
	if s.PolicyName() != "strict" || !s.Smoke || s.Line != 6 || !s.Has("clock") || s.Has("idp") {
		t.Errorf("case is %+v", s)
	}
	claims, err := s.Token.Claims.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	if want := `{"exp":"=now-61s","aud":["a",{"b":null}],"n":1.50,"t":true}`; string(claims) != want {
		t.Errorf("claims are %s, want %s in the order of the file", claims, want)
	}
}

// A member of a variant that is not a string is its JSON text, so that a claim
// can have that value, and a key can be made for the algorithm of a variant.
func TestParseReadsVariants(t *testing.T) {
	t.Parallel()
	const head = "group: x\ntitle: X\ncases:\n  - id: x.x\n    title: X\n    level: must\n    spec: [RFC 7519 §4]\n    expect: reject\n"
	g, err := scenarios.Parse("x.yaml", []byte(head+`
    variants:
      - { v: a b, alg: ES256 }
      - { v: 1.50, alg: RS256 }
      - { v: null, alg: RS256 }
      - { v: true, alg: RS256 }
      - { v: [a, { b: [1] }], alg: RS256 }
    keys: { k2: { alg: "{{.alg}}" } }
`))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, v := range g.Cases[0].AllVariants() {
		got = append(got, v["v"])
	}
	if diff := cmp.Diff([]string{"a b", "1.50", "null", "true", `["a",{"b":[1]}]`}, got); diff != "" {
		t.Errorf("variants (-want +got):\n%s", diff)
	}
	for text, want := range map[string]string{
		`variants: [{ alg: ES256 }, { alg: X }]
    keys: { k2: { alg: "{{.alg}}" } }`: `alg is "X", want one of RS256`,
		`variants: [{ alg: RS256 }, { alg: ES256 }]
    keys: { k2: { alg: "{{.alg}}", bits: 3072 } }`: "only an RSA key has bits",
		`keys: { k2: { alg: "{{.alg}}" } }`:   `map has no entry for key "alg"`,
		`keys: { k2: { alg: "{{issuer}}" } }`: "only members of the variant are known",
		`variants: [{ v: .inf }]`:             "cannot be part of a JSON value",
	} {
		if _, err := scenarios.Parse("x.yaml", []byte(head+"    "+text+"\n")); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Parse(%s) = %v, want an error with %q", text, err, want)
		}
	}
}

func TestExpectationMatch(t *testing.T) {
	t.Parallel()
	tests := []struct {
		expect  string
		verdict scenarios.Verdict
		reason  string
		want    scenarios.Match
	}{
		{"accept", scenarios.Accept, "", scenarios.MatchExact},
		{"accept", scenarios.Reject, "INVALID_ISSUER", scenarios.MatchNone},
		{"reject", scenarios.Reject, "INVALID_ISSUER", scenarios.MatchExact},
		{"reject", scenarios.Reject, "", scenarios.MatchExact},
		{"reject", scenarios.Accept, "", scenarios.MatchNone},
		{"reject INVALID_ISSUER", scenarios.Reject, "INVALID_ISSUER", scenarios.MatchExact},
		{"reject INVALID_ISSUER", scenarios.Reject, "OTHER", scenarios.MatchVerdict},
		{"reject INVALID_ISSUER", scenarios.Reject, "", scenarios.MatchVerdict},
		{"reject INVALID_ISSUER", scenarios.Reject, "TOKEN_EXPIRED", scenarios.MatchVerdict},
		{"reject INVALID_ISSUER or TOKEN_EXPIRED", scenarios.Reject, "TOKEN_EXPIRED", scenarios.MatchExact},
		{"accept or reject TOKEN_EXPIRED", scenarios.Accept, "", scenarios.MatchExact},
		{"accept or reject TOKEN_EXPIRED", scenarios.Reject, "INVALID_ISSUER", scenarios.MatchVerdict},
		{"refuse CONFIG_INVALID or reject INVALID_ISSUER", scenarios.Refuse, "CONFIG_INVALID", scenarios.MatchExact},
		{"refuse CONFIG_INVALID", scenarios.Reject, "CONFIG_INVALID", scenarios.MatchNone},
		{"either", scenarios.Reject, "INVALID_ISSUER", scenarios.MatchExact},
	}
	for _, test := range tests {
		e, err := scenarios.ParseExpectation(test.expect)
		if err != nil {
			t.Errorf("%s: %v", test.expect, err)
			continue
		}
		same := func(reason string) bool { return reason == test.reason }
		if got := e.Match(test.verdict, same); got != test.want {
			t.Errorf("%q.Match(%s, %q) = %v, want %v",
				test.expect, test.verdict, test.reason, got, test.want)
		}
	}
	for _, wrong := range []string{"", "pass", "accept INVALID_ISSUER", "reject A", "reject or", "INVALID_ISSUER", "reject INVALID_ISSUER, TOKEN_EXPIRED"} {
		if e, err := scenarios.ParseExpectation(wrong); err == nil {
			t.Errorf("ParseExpectation(%q) = %v, want an error", wrong, e)
		}
	}
}

func TestCount(t *testing.T) {
	t.Parallel()
	tests := []struct {
		text      string
		more      bool
		allows    []int
		allowsNot []int
	}{
		{"3", false, []int{3}, []int{2, 4}},
		{"0 more", true, []int{0}, []int{1}},
		{"at most 2", false, []int{0, 2}, []int{3}},
		{"at least 1 more", true, []int{1, 1000}, []int{0}},
	}
	for _, test := range tests {
		var c scenarios.Count
		if err := yaml.Unmarshal([]byte(test.text), &c); err != nil || c.More != test.more {
			t.Errorf("the count %q is read as %+v, %v", test.text, c, err)
		}
		for _, n := range test.allows {
			if !c.Allows(n) {
				t.Errorf("%q does not allow %d", test.text, n)
			}
		}
		for _, n := range test.allowsNot {
			if c.Allows(n) {
				t.Errorf("%q allows %d", test.text, n)
			}
		}
	}
	for _, wrong := range []string{`""`, "-1", "two", "at most at least 2", "more"} {
		var c scenarios.Count
		if err := yaml.Unmarshal([]byte(wrong), &c); err == nil {
			t.Errorf("the count %s is read as %+v, want an error", wrong, c)
		}
	}
}

func TestParseTime(t *testing.T) {
	t.Parallel()
	tests := map[string]string{"now": "0s", "now+1h": "1h0m0s", "now-61s": "-1m1s", "now+10d": "240h0m0s", "now-0.5s": "-500ms"}
	for text, want := range tests {
		if d, ok := scenarios.ParseTime(text); !ok || d.String() != want {
			t.Errorf("ParseTime(%q) = %v, %v, want %s", text, d, ok, want)
		}
	}
	for _, wrong := range []string{"", "later", "now+", "now+1", "now 1s", "then+1s"} {
		if d, ok := scenarios.ParseTime(wrong); ok {
			t.Errorf("ParseTime(%q) = %v, want none", wrong, d)
		}
	}
}

func FuzzParseNeverPanics(f *testing.F) {
	files, err := filepath.Glob("testdata/broken/*.yaml")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range append(files, "catalog/rot.yaml", "catalog/aud.yaml") {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		g, err := scenarios.Parse("fuzz.yaml", data)
		if (g == nil) == (err == nil) {
			t.Errorf("Parse = %v, %v, want exactly one of them", g, err)
		}
	})
}
