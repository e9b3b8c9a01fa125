package html_test

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/assay-id/assay/reports"
	"github.com/assay-id/assay/reports/html"
)

// siteOf returns a small site with text everywhere.
func siteOf(t *testing.T, text string) html.Site {
	t.Helper()
	m := &reports.Matrix{
		Implementations: []reports.MatrixImplementation{
			{Name: "right" + text, Implementation: reports.Implementation{Name: "a" + text, Version: text, Setup: text}, Again: "assay run CASE" + text},
			{Name: "wrong" + text, Failure: text},
		},
		Cases: []reports.MatrixCase{{
			ID: "aud.prefix", Title: "t" + text, Group: "aud", Level: reports.LevelMust, Want: "reject" + text, Agreement: reports.AgreementNone,
			Cells: []reports.MatrixCell{
				{Standing: reports.StandingRight, Outcome: reports.OutcomePass, Answer: &reports.Answer{Verdict: "reject", Reason: text}},
				{Standing: reports.StandingWrong, Outcome: reports.OutcomeFail, Answer: &reports.Answer{Verdict: "accept", Subject: &text}, Again: text},
			},
		}},
	}
	return html.Site{
		Matrix: m,
		Cases: []html.SiteCase{
			{ID: "aud.prefix", Title: "The audience is shorter" + text, Group: "aud: Audience", Level: reports.LevelMust, Want: "reject" + text, Clauses: []string{"RFC 7519 §4.1.3"}, Note: text, Advice: text},
			{ID: "aud.other", Title: "Another audience", Group: "aud: Audience", Level: reports.LevelInfo, Want: "either"},
		},
		Clauses: []html.SiteClause{
			{ID: "RFC 7519 §4.1.3", Title: "aud" + text, Word: "MUST", Says: "The audience must be one's own." + text, Link: "https://www.rfc-editor.org/rfc/rfc7519#section-4.1.3"},
			{ID: "RFC 7519 4.1.3", Title: "the same name" + text, Word: "none", Says: "It says nothing.", Link: "javascript:alert(1)" + text},
		},
	}
}

// written returns the pages of a site by name.
func written(t *testing.T, s html.Site) map[string]string {
	t.Helper()
	pages := make(map[string]string)
	err := s.Write(func(name string, page []byte) error {
		if pages[name] != "" {
			return fmt.Errorf("%s is written twice", name)
		}
		pages[name] = string(page)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return pages
}

func TestSiteGolden(t *testing.T) {
	t.Parallel()
	pages := written(t, siteOf(t, "x"))
	for golden, name := range map[string]string{
		"site": "index.html", "site-case": "case/aud.prefix.html", "site-clause": "clause/rfc-7519-4.1.3.html", "site-implementation": "implementation/wrongx.html",
	} {
		compareGolden(t, golden+".html", pages[name])
	}
	if len(pages) != 7 || pages["clause/rfc-7519-4.1.3-2.html"] == "" {
		t.Errorf("the site has %d pages, want 7, with one for each of two clauses alike", len(pages))
	}
}

// Each link of a page leads to a page of the site, or to a text elsewhere.
func TestSiteLinks(t *testing.T) {
	t.Parallel()
	pages := written(t, siteOf(t, "x"))
	for name, page := range pages {
		folder := ""
		if dir, _, ok := strings.Cut(name, "/"); ok {
			folder = dir + "/"
		}
		for _, m := range regexp.MustCompile(`href="([^"]*)"`).FindAllStringSubmatch(page, -1) {
			target := folder + m[1]
			if back, ok := strings.CutPrefix(m[1], "../"); ok {
				target = back
			}
			if pages[target] == "" && !strings.HasPrefix(m[1], "https://") {
				t.Errorf("%s links to %s, which there is not", name, m[1])
			}
		}
	}
}

func TestSiteEscapesHostileTexts(t *testing.T) {
	t.Parallel()
	want := written(t, siteOf(t, "x"))
	for _, text := range hostile {
		for name, page := range written(t, siteOf(t, text)) {
			plain, ok := want[name]
			if !ok { // the page of an implementation, whose name has the text
				continue
			}
			_, tags := body(plain)
			checkTags(t, text, page, tags)
		}
	}
}

func TestSiteEnds(t *testing.T) {
	t.Parallel()
	s := siteOf(t, "x")
	full := errors.New("the disk is full")
	if err := s.Write(func(string, []byte) error { return full }); !errors.Is(err, full) {
		t.Errorf("Write = %v, want the error of write", err)
	}
	s.Matrix.Cases[0].Cells = nil
	if err := s.Write(func(string, []byte) error { return nil }); err == nil || !strings.Contains(err.Error(), "0 answers of 2") {
		t.Errorf("Write of a matrix that contradicts itself = %v", err)
	}
	var b bytes.Buffer
	s.Matrix = nil
	if err := s.Write(func(name string, page []byte) error { b.WriteString(name + "\n"); return nil }); err != nil || strings.Contains(b.String(), "implementation/") {
		t.Errorf("Write without a matrix = %v:\n%s", err, b.String())
	}
}
