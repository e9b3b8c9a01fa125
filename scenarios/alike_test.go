package scenarios_test

import (
	"hash/crc32"
	"html"
	"net/url"
	"path"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/assay-id/assay/scenarios"
)

// alikeCase reads a case with the given alike.
func alikeCase(t *testing.T, alike string) (*scenarios.Scenario, error) {
	t.Helper()
	g, err := scenarios.Parse("alike.yaml", []byte(`
group: mine
title: Mine
cases:
  - id: mine.alike
    title: The audience is like the client ID
    level: must
    spec: [OIDC Core 1.0 §14]
    alike: `+alike+`
    config: { audience: ["{{.value}}"] }
    token: { claims: { aud: "{{.alike}}" } }
    expect: reject INVALID_AUDIENCE
`))
	if err != nil {
		return nil, err
	}
	return g.Cases[0], nil
}

func TestAlikeDiffers(t *testing.T) {
	t.Parallel()
	for _, alike := range []string{`{ begins: "" }`, `{ begins: "https://login.example/" }`, `{ value: RS256 }`} {
		s, err := alikeCase(t, alike)
		if err != nil {
			t.Fatal(err)
		}
		hows := make(map[string]bool)
		for _, v := range s.AllVariants() {
			if v["value"] == v["alike"] || !utf8.ValidString(v["value"]+v["alike"]) || hows[v["how"]] {
				t.Errorf("alike: %s makes %+q", alike, v)
			}
			hows[v["how"]] = true
		}
	}
}

// TestAlikeFools shows that each of these comparisons is mistaken about one of
// the variants at least.
func TestAlikeFools(t *testing.T) {
	t.Parallel()
	number := func(s string) float64 { f, _ := strconv.ParseFloat(s, 64); return f }
	unescaped := func(s string) string { plain, _ := url.QueryUnescape(s); return plain }
	java := func(s string) (code int32) {
		for _, r := range s {
			code = 31*code + r
		}
		return code
	}
	open, err := alikeCase(t, `{ begins: "" }`)
	if err != nil {
		t.Fatal(err)
	}
	fixed, err := alikeCase(t, "{ value: RS256 }")
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name  string
		fixed bool
		same  func(value, alike string) bool
	}{
		{"case", true, strings.EqualFold},
		{"white space", true, func(v, a string) bool { return strings.TrimSpace(a) == v }},
		{"beginning", true, strings.HasPrefix},
		{"beginning the other way", true, func(v, a string) bool { return strings.HasPrefix(a, v) }},
		{"end", true, func(v, a string) bool { return a != "" && strings.HasSuffix(v, a) }},
		{"inside", true, func(v, a string) bool {
			return !strings.HasPrefix(a, v) && !strings.HasSuffix(a, v) && strings.Contains(a, v)
		}},
		{"length", true, func(v, a string) bool { return len(v) == len(a) && v[0] != a[0] && v[1] != a[1] }},
		{"NUL", true, func(v, a string) bool { before, after, _ := strings.Cut(a, "\x00"); return before == v && after != "" }},
		{"query escapes", true, func(v, a string) bool { return a != "" && unescaped(a) == v }},
		{"entities", true, func(v, a string) bool { return html.UnescapeString(a) == v }},
		{"a pattern in the claim", true, func(v, a string) bool { matches, _ := path.Match(a, v); return a != "*" && matches }},
		{"a pattern in the configuration", false, func(v, a string) bool { matches, _ := path.Match(v, a); return matches }},
		{"numbers", false, func(v, a string) bool { return number(v) != 0 && number(v) == number(a) }},
		{"hash code", false, func(v, a string) bool { return java(v) == java(a) }},
		{"CRC-32", false, func(v, a string) bool { return crc32.ChecksumIEEE([]byte(v)) == crc32.ChecksumIEEE([]byte(a)) }},
		{"255 characters", false, func(v, a string) bool { return len(v) > 255 && len(a) > 255 && v[:255] == a[:255] }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			for _, s := range []*scenarios.Scenario{open, fixed} {
				fooled := false
				for _, v := range s.AllVariants() {
					fooled = fooled || tt.same(v["value"], v["alike"])
				}
				if !fooled && (s == open || tt.fixed) {
					t.Errorf("no variant of %d fools it", len(s.AllVariants()))
				}
			}
		})
	}
}

func TestAlikeRefuses(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ alike, want string }{
		{"{}", "either begins"},
		{"RS256", "either begins"},
		{"{ begins: a, value: b }", "either begins"},
		{"{ value: a }", "two"},
		{"{ ends: a }", "either begins"},
		{"{ value: [a] }", "a string"},
		{"{ value: \u00E9t\u00E9 }", "ASCII"},
		{"{ begins: a }\n    variants: [{ value: a }]", "either alike or variants"},
	} {
		if _, err := alikeCase(t, tt.alike); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("alike: %s: %v, want %q", tt.alike, err, tt.want)
		}
	}
}
