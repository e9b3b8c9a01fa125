package load

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"

	vegeta "github.com/tsenart/vegeta/v12/lib"

	"github.com/assay-id/assay/mockidp/intake"
	"github.com/assay-id/assay/reports"
	"github.com/assay-id/assay/scenarios/measure/corpus"
	"github.com/assay-id/assay/scenarios/measure/gate"
)

// The limits of a file of targets.
const (
	mostTargetsFile = 64 << 20 // bytes
	mostTargets     = 100_000
	mostBody        = 4 << 20 // bytes of a body that a file has
	mostBodies      = 256 << 20
)

// ReadTargets reads a file of targets in either format of vegeta: http, which has
// a line with method and URL, lines with header fields, and a line with @ and the
// name of a file with the body, relative to the file of targets; or json, an
// object per line. An error names the file and the line, and is a
// [gate.ErrUsage].
func ReadTargets(name string) ([]vegeta.Target, error) {
	text, err := intake.ReadFile(name, mostTargetsFile)
	if err != nil {
		return nil, gate.Usage("%v", err)
	}
	return parseTargets(name, text)
}

// ReadTargetsFrom is like ReadTargets for what a reader has. Names of files are
// relative to the folder of name, which errors give as the place.
func ReadTargetsFrom(name string, r io.Reader) ([]vegeta.Target, error) {
	text, err := intake.Read(name, r, mostTargetsFile)
	if err != nil {
		return nil, gate.Usage("%v", err)
	}
	return parseTargets(name, text)
}

func parseTargets(name string, text []byte) ([]vegeta.Target, error) {
	r := &targetReader{name: name, lines: strings.Split(string(text), "\n"), bodies: make(map[string][]byte)}
	read := r.http
	if strings.HasPrefix(strings.TrimSpace(string(text)), "{") {
		read = r.json
	}
	var all []vegeta.Target
	for r.skip() {
		first := r.next
		t, err := read()
		if err == nil {
			err = checkTargetOf(t)
		}
		if err != nil {
			return nil, gate.Usage("%s:%d: %v", name, max(first, r.next-1)+1, err)
		}
		if all = append(all, t); len(all) > mostTargets {
			return nil, gate.Usage("%s has more than %d targets", name, mostTargets)
		}
	}
	if len(all) == 0 {
		return nil, gate.Usage("%s has no target", name)
	}
	return all, nil
}

// targetReader reads targets from lines.
type targetReader struct {
	name   string
	lines  []string
	next   int // the index of the next line
	bodies map[string][]byte
	bytes  int // of all bodies
}

// line returns the next line without the spaces around it, and whether there is
// one.
func (r *targetReader) line() (string, bool) {
	if r.next >= len(r.lines) {
		return "", false
	}
	return strings.TrimSpace(r.lines[r.next]), true
}

// skip moves to the next line that is neither empty nor a comment, and reports
// whether there is one.
func (r *targetReader) skip() bool {
	for {
		line, ok := r.line()
		if !ok {
			return false
		}
		if line != "" && line[0] != '#' {
			return true
		}
		r.next++
	}
}

// json reads a target from a line.
func (r *targetReader) json() (t vegeta.Target, err error) {
	line, _ := r.line()
	r.next++
	if len(line) > mostBody*4/3+intake.MaxJSON/4 {
		return t, fmt.Errorf("the target has %d bytes, want fewer", len(line))
	}
	err = vegeta.NewJSONTargeter(strings.NewReader(line+"\n"), nil, nil)(&t)
	if err != nil {
		return t, fmt.Errorf("a target in JSON: %w", err)
	}
	return t, nil
}

// methodLine matches the first line of a target.
var methodLine = regexp.MustCompile(`^[A-Z]+\s`)

// http reads a target from its lines.
func (r *targetReader) http() (t vegeta.Target, err error) {
	line, _ := r.line()
	r.next++
	if !methodLine.MatchString(line) {
		return t, fmt.Errorf("%q, want a method and a URL such as GET http://127.0.0.1:8080/me", reports.Excerpt(line, 80))
	}
	method, address, _ := strings.Cut(line, " ")
	t = vegeta.Target{Method: method, URL: strings.TrimSpace(address), Header: make(http.Header)}
	for {
		line, ok := r.line()
		if !ok || line == "" || methodLine.MatchString(line) {
			return t, nil
		}
		r.next++
		if line[0] == '#' {
			continue
		}
		if file, isBody := strings.CutPrefix(line, "@"); isBody {
			t.Body, err = r.body(file)
			return t, err
		}
		name, value, _ := strings.Cut(line, ":")
		name, value = strings.TrimSpace(name), strings.TrimSpace(value)
		if err := checkField(name, value); err != nil {
			return t, err
		}
		t.Header[name] = append(t.Header[name], value)
	}
}

// body reads the file of a body, once.
func (r *targetReader) body(file string) ([]byte, error) {
	if !filepath.IsAbs(file) {
		file = filepath.Join(filepath.Dir(r.name), file)
	}
	if body, ok := r.bodies[file]; ok {
		return body, nil
	}
	body, err := intake.ReadFile(file, mostBody)
	if err != nil {
		return nil, fmt.Errorf("the body: %w", err)
	}
	if r.bytes += len(body); r.bytes > mostBodies {
		return nil, fmt.Errorf("the bodies have more than %d bytes", mostBodies)
	}
	r.bodies[file] = bytes.Clone(body)
	return body, nil
}

// checkTargetOf returns an error if a target cannot be sent.
func checkTargetOf(t vegeta.Target) error {
	if err := checkTarget(t.URL); err != nil {
		return err
	}
	for name, values := range t.Header {
		for _, v := range values {
			if err := checkField(name, v); err != nil {
				return err
			}
		}
	}
	_, err := t.Request()
	return err
}

// checkField returns an error if a header field cannot be sent.
func checkField(name, value string) error {
	switch {
	case !fieldName.MatchString(name):
		return fmt.Errorf("a header field begins %q, want a name, a colon and a value", reports.Excerpt(name, 40))
	case strings.ContainsFunc(value, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7F }):
		return fmt.Errorf("the header field %q has a control character", reports.Excerpt(name, 40))
	}
	return nil
}

// fieldName matches the name of a header field. RFC 9110, 5.6.2.
var fieldName = regexp.MustCompile("^[!#$%&'*+.^_`|~0-9A-Za-z-]+$")

// targetsName is the name of the one case of a load with targets of a file.
const targetsName = "targets"

// setTargets has the targets of a file sent instead of requests with tokens.
func (p *plan) setTargets() error {
	if len(p.Targets) == 0 {
		if p.Expect != "" {
			return gate.Usage("an expected verdict is for targets of a file: tokens have their own")
		}
		return nil
	}
	for _, other := range []struct {
		name string
		set  bool
	}{
		{"a URL", p.URL != ""},
		{"a provider of tokens", p.Provider != nil},
		{"a mix", len(p.mix.shares) > 0},
		{"events", len(p.Events) > 0},
	} {
		if other.set {
			return gate.Usage("targets of a file have URLs and tokens of their own, and exclude %s", other.name)
		}
	}
	if verdicts := append([]string{corpus.Accept, corpus.Reject}, codes()...); p.Expect != "" && !slices.Contains(verdicts, p.Expect) {
		return gate.Usage("the expected verdict is %q, want one of %s, or nothing", p.Expect, strings.Join(verdicts, ", "))
	}
	p.URL = p.Targets[0].URL
	p.mix = Mix{shares: []share{{corpus.Case{Name: targetsName, Verdict: p.Expect}, 1}}, total: 1}
	return nil
}

// codes lists the documented codes.
func codes() []string {
	var all []string
	for _, c := range corpus.Cases() {
		if c.Verdict != corpus.Accept && !slices.Contains(all, c.Verdict) {
			all = append(all, c.Verdict)
		}
	}
	return all
}

// newFileTargets makes the requests of the targets of a file, which are sent in
// turn.
func newFileTargets(p plan) *targets {
	requests := make([]atomic.Pointer[request], len(p.Targets))
	for i, t := range p.Targets {
		requests[i].Store(&request{Target: t})
	}
	return &targets{
		mix: p.mix, seed: p.Seed, number: p.schedule.number, limit: int64(p.InFlight),
		requests: [][]atomic.Pointer[request]{requests}, cycled: true,
	}
}

// judgeTarget replaces the verdict on a target of a file if it has none to get:
// its status is the verdict then. Any refusal is right if one is expected.
func (p *plan) judgeTarget(h *hit) {
	switch {
	case p.Expect == "":
		h.verdict, h.failure, h.judged = "HTTP "+strconv.Itoa(h.status), "", true
		h.want = h.verdict
	case p.Expect == corpus.Reject && h.judged && h.verdict != corpus.Accept:
		h.want = h.verdict
	}
	if h.judged && !expected(h.want, h.verdict) {
		var secrets []string
		for _, values := range p.Targets[h.number%uint64(len(p.Targets))].Header {
			secrets = append(secrets, values...)
		}
		h.body = []byte(shown(string(h.body), secrets...))
	}
}
