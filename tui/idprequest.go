package tui

import (
	"fmt"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/assay-id/assay/reports"
)

// openRequest shows one request and its answer, and the curl command that sends
// it again.
func (s *idpScreen) openRequest(a *app) tea.Cmd {
	r, ok := s.currentRequest()
	if !ok {
		return a.toast("no request yet", true)
	}
	a.overlay = &page{
		title: "request", rows: s.requestDetail(r),
		copyText: curlOf(s.snapshot.URL, r), copyWhat: "the curl command",
	}
	return nil
}

// currentRequest returns the request that the cursor is on.
func (s *idpScreen) currentRequest() (IdPRequest, bool) {
	matching := s.matching()
	if len(matching) == 0 {
		return IdPRequest{}, false
	}
	return s.snapshot.Requests[matching[s.current(matching)]], true
}

func (s *idpScreen) requestDetail(r IdPRequest) []pageRow {
	row := func(name, value string) pageRow { return pageRow{label: name, text: reports.Escape(value)} }
	rows := []pageRow{
		row("at", r.At.Format("2006-01-02 15:04:05.000")),
		row("request", r.Method+" "+r.Path),
		row("from", orNone(r.UserAgent)),
	}
	for _, h := range r.Header {
		rows = append(rows, row("header", h.Name+": "+h.Value))
	}
	if r.Method == "POST" {
		rows = append(rows, row("body", "not kept: it may have secrets"))
	}
	rows = append(rows, pageRow{})
	switch {
	case r.Status == 0:
		rows = append(rows, row("answer", "none"))
	default:
		rows = append(rows, row("answer", fmt.Sprintf("%d, %s, after %s", r.Status, reports.FormatBytes(r.Bytes), reports.FormatNanos(int64(r.Took)))))
	}
	if r.Fault != "" {
		rows = append(rows, row("fault", r.Fault))
	}
	if n := s.likeIt(r); n > 1 {
		rows = append(rows, row("in a second", fmt.Sprintf("%d such requests by the same client", n)))
	}
	return append(rows, pageRow{}, row("again", curlOf(s.snapshot.URL, r)))
}

// likeIt counts the requests of the same client for the same path in the second
// up to r.
func (s *idpScreen) likeIt(r IdPRequest) int {
	n := 0
	for _, x := range s.snapshot.Requests {
		if age := r.At.Sub(x.At); x.UserAgent == r.UserAgent && x.Path == r.Path && age >= 0 && age < time.Second {
			n++
		}
	}
	return n
}

func orNone(text string) string {
	if text == "" {
		return "–"
	}
	return text
}

// curlOf returns the command that sends a request again. Credentials are
// variables of the shell.
func curlOf(issuer string, r IdPRequest) string {
	words := []string{"curl", "-si"}
	if r.Method != "GET" {
		words = append(words, "-X", r.Method)
	}
	if r.UserAgent != "" {
		words = append(words, "-A", quoted(r.UserAgent))
	}
	for _, h := range r.Header {
		switch h.Name {
		case "Authorization":
			words = append(words, "-H", `"Authorization: $AUTHORIZATION"`)
		case "Cookie":
			words = append(words, "-H", `"Cookie: $COOKIE"`)
		default:
			words = append(words, "-H", quoted(h.Name+": "+h.Value))
		}
	}
	if r.Method == "POST" {
		words = append(words, "-d", `"$FORM"`)
	}
	return strings.Join(append(words, quoted(issuer+r.Path)), " ")
}

// quoted returns text as one word of a shell.
func quoted(text string) string { return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'" }
